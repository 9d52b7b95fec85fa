-- Trips and legs: local time and airport are the promise, UTC is derived.
create table trip (
  id uuid primary key,
  org_id uuid not null references organisation (id),
  reference text not null unique,
  state text not null check (state in ('draft', 'confirmed', 'flown', 'cancelled')),
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create index trip_org on trip (org_id);

create table leg (
  id uuid primary key,
  trip_id uuid not null references trip (id),
  org_id uuid not null,
  position smallint not null,
  from_airport text not null,
  to_airport text not null,
  departs_local timestamp not null,
  arrives_local timestamp not null,
  departs_at timestamptz not null,
  arrives_at timestamptz not null check (arrives_at > departs_at),
  aircraft text not null,
  tail text not null,
  unique (trip_id, position)
);
create index leg_org on leg (org_id);
create index leg_departs on leg (departs_at);

create table leg_passenger (
  id uuid primary key,
  leg_id uuid not null references leg (id),
  trip_id uuid not null references trip (id),
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  unique (leg_id, passenger_id)
);
create index leg_passenger_passenger on leg_passenger (passenger_id, trip_id);
create index leg_passenger_trip on leg_passenger (trip_id);
create index leg_passenger_org on leg_passenger (org_id);

alter table trip enable row level security;
alter table trip force row level security;
alter table leg enable row level security;
alter table leg force row level security;
alter table leg_passenger enable row level security;
alter table leg_passenger force row level security;

-- The trips that carry a passenger, for the traveller's policies: a function, because a policy on leg_passenger cannot be asked from trip without a loop.
create function trips_of_passenger(passenger uuid) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select trip_id from leg_passenger where passenger_id = $1
$$;
revoke all on function trips_of_passenger(uuid) from public;
grant execute on function trips_of_passenger(uuid) to wx_as_traveller;

do $$
declare t text;
begin
  foreach t in array array['trip', 'leg', 'leg_passenger'] loop
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format($p$create policy own_org on %I for select to wx_as_booker, wx_as_client_admin
      using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))$p$, t);
    execute format('create policy desk_reads on %I for select to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance using (true)', t);
  end loop;
end $$;
create policy own_trips on trip for select to wx_as_traveller
  using (id in (select trips_of_passenger((select nullif(current_setting('wx.passenger', true), '')::uuid))));
create policy own_trips on leg for select to wx_as_traveller
  using (trip_id in (select trips_of_passenger((select nullif(current_setting('wx.passenger', true), '')::uuid))));
create policy own_seat on leg_passenger for select to wx_as_traveller
  using (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid));

grant select on trip, leg, leg_passenger to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance;

-- What the keeper may know of legs and references.
create view gate_window as
  select lp.passenger_id as subject_id, lp.trip_id as reference_id, l.id as leg_id, t.state, l.departs_at, l.arrives_at
  from leg_passenger lp join leg l on l.id = lp.leg_id join trip t on t.id = lp.trip_id;
create view gate_reference as
  select lp.trip_id as reference_id, 'trip' as kind, lp.passenger_id as subject_id from leg_passenger lp group by 1, 3;
grant select on gate_window, gate_reference to wx_keeper;

-- Which trips carry a passenger and when, for whoever may see those rows: what the passengers' room knows of trips.
create view passenger_trip with (security_invoker) as
  select lp.passenger_id, t.id as trip_id, t.reference, t.state, l.position, l.from_airport, l.to_airport, l.departs_at, l.arrives_at
  from leg_passenger lp join leg l on l.id = lp.leg_id join trip t on t.id = lp.trip_id;
grant select on passenger_trip to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance;
