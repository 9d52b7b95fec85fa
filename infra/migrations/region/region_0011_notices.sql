-- Notices: a confirmed leg changes only with its change beside it, and each recipient is told the net difference.
alter table leg add column version integer not null default 1;

create table itinerary_change (
  id uuid primary key,
  org_id uuid not null,
  trip_id uuid not null references trip (id),
  leg_id uuid not null references leg (id),
  leg_version integer not null,
  made_by uuid not null,
  made_at timestamptz not null,
  grade text not null check (grade in ('minor', 'material', 'cancellation')),
  diff text not null,                    -- JSON: field, old, new
  note text not null default '',
  unique (leg_id, leg_version)
);
create index itinerary_change_trip on itinerary_change (trip_id, made_at);
create index itinerary_change_org on itinerary_change (org_id);

-- Somebody who is told about a trip, and the last state of it that he has acknowledged.
create table notice_recipient (
  id uuid primary key,
  org_id uuid not null,
  trip_id uuid not null references trip (id),
  passenger_id uuid references passenger (id),
  member_id uuid references member (id),
  known text not null,                   -- JSON: the legs as last acknowledged
  known_at timestamptz not null,
  check (num_nonnulls(passenger_id, member_id) = 1),
  unique nulls not distinct (trip_id, passenger_id, member_id)
);
create index notice_recipient_org on notice_recipient (org_id);
create index notice_recipient_passenger on notice_recipient (passenger_id);

create table notice (
  id uuid primary key,
  org_id uuid not null,
  trip_id uuid not null references trip (id),
  recipient_id uuid not null references notice_recipient (id),
  passenger_id uuid,
  member_id uuid,
  change_id uuid not null references itinerary_change (id),
  kind text not null check (kind in ('change', 'retraction')),
  grade text not null check (grade in ('minor', 'material', 'cancellation')),
  state text not null check (state in ('pending', 'sent', 'acknowledged', 'answered', 'superseded', 'retracted')),
  before text not null,                  -- JSON: the legs as he knows them
  after text not null,                   -- JSON: the legs as they are now
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null,
  due_at timestamptz not null,
  frozen_at timestamptz,                 -- being handed over: from here on a further edit is a further notice
  sent_at timestamptz,
  settled_at timestamptz
);
create index notice_trip on notice (trip_id);
create index notice_recipient_state on notice (recipient_id, state);
create index notice_org on notice (org_id, created_at);
create index notice_passenger on notice (passenger_id, created_at);
create unique index notice_current on notice (recipient_id) where state = 'pending' or state = 'sent';

create table notice_answer (
  id uuid primary key,
  notice_id uuid not null references notice (id),
  org_id uuid not null,
  passenger_id uuid,
  answer text not null check (answer in ('acknowledge', 'comment', 'accept', 'alternative', 'decline', 'refund', 'credit')),
  comment text not null default '',
  content_hash text not null,
  via text not null check (via in ('page', 'api', 'link')),
  at timestamptz not null
);
create index notice_answer_notice on notice_answer (notice_id, at);
create index notice_answer_org on notice_answer (org_id);

-- A link in a mail: 32 random bytes, of which only the hash stands here.
create table notice_link (
  token_hash bytea primary key check (length(token_hash) = 32),
  org_id uuid not null,
  notice_id uuid not null references notice (id),
  content_hash text not null,
  purpose text not null check (purpose in ('acknowledge')),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index notice_link_notice on notice_link (notice_id);
create index notice_link_org on notice_link (org_id);

do $$
declare t text;
begin
  foreach t in array array['itinerary_change', 'notice_recipient', 'notice', 'notice_answer', 'notice_link'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
  end loop;
  foreach t in array array['itinerary_change', 'notice_recipient', 'notice', 'notice_answer'] loop
    execute format('create policy desk_reads on %I for select to wx_as_operations, wx_as_service_agent using (true)', t);
  end loop;
  foreach t in array array['notice_recipient', 'notice', 'notice_answer'] loop
    execute format($p$create policy own_org on %I to wx_as_booker, wx_as_client_admin
      using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
      with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))$p$, t);
    execute format($p$create policy own_person on %I to wx_as_traveller
      using (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid))
      with check (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid))$p$, t);
  end loop;
end $$;
create policy operations_changes on itinerary_change for insert to wx_as_operations with check (true);
create policy operations_tells on notice_recipient for insert to wx_as_operations with check (true);
create policy operations_tells on notice for insert to wx_as_operations with check (true);
create policy operations_replaces on notice for update to wx_as_operations using (true) with check (true);
create policy operations_moves on leg for update to wx_as_operations using (true) with check (true);
create policy operations_counts on trip for update to wx_as_operations using (true) with check (true);

grant select on itinerary_change, notice_recipient, notice, notice_answer to wx_as_operations, wx_as_service_agent;
grant insert on itinerary_change, notice_recipient, notice to wx_as_operations;
grant update (state, kind, grade, before, after, content_hash, change_id, settled_at) on notice to wx_as_operations;
grant update (from_airport, to_airport, departs_local, arrives_local, departs_at, arrives_at, aircraft, tail, version)
  on leg to wx_as_operations;
grant update (version) on trip to wx_as_operations;
grant select on notice_recipient, notice, notice_answer to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant insert on notice_answer to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (state, settled_at) on notice to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (known, known_at) on notice_recipient to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant select on notice_recipient, notice, trip to wx_as_worker;
grant update (state, frozen_at, sent_at, settled_at) on notice to wx_as_worker;
grant insert on notice_link to wx_as_worker;
create policy worker_reads on trip for select to wx_as_worker using (true);

-- Who is told about a trip, with what a mail needs: passengers aboard who can be reached, and those who book for their organisation.
create function notice_audience(trip uuid)
returns table (passenger_id uuid, member_id uuid, name text, email text, locale text, time_zone text, mails text, legs uuid[])
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select p.id, null::uuid, trim(p.given_name || ' ' || p.family_name), coalesce(m.email, p.email), coalesce(m.locale, o.locale),
         m.time_zone, coalesce(m.mails, 'full'), array_agg(lp.leg_id)
    from leg_passenger lp join passenger p on p.id = lp.passenger_id join organisation o on o.id = p.org_id
    left join member m on m.passenger_id = p.id
    where lp.trip_id = $1 and coalesce(m.email, p.email) <> ''
    group by p.id, m.id, o.id
  union all
  select null, m.id, m.name, m.email, m.locale, m.time_zone, m.mails, (select array_agg(l.id) from leg l where l.trip_id = $1)
    from trip t join gate.account a on a.org_id = t.org_id and a.role in ('booker', 'client_admin') and a.disabled_at is null
    join member m on m.id = a.id
    where t.id = $1 and not exists (select from leg_passenger lp where lp.trip_id = $1 and lp.passenger_id = m.passenger_id)
$$;
revoke all on function notice_audience(uuid) from public;
grant execute on function notice_audience(uuid) to wx_as_operations, wx_as_service_agent, wx_as_worker;

-- What a link in a mail is for, by its hash alone: whoever holds no link learns nothing.
create function notice_of_link(token_hash bytea)
returns table (notice_id uuid, content_hash text, expires_at timestamptz, org_id uuid, passenger_id uuid, member_id uuid,
               time_zone text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp rows 1 as $$
  select l.notice_id, l.content_hash, l.expires_at, n.org_id, n.passenger_id, n.member_id, m.time_zone
    from notice_link l join notice n on n.id = l.notice_id
    left join member m on m.id = n.member_id or m.passenger_id = n.passenger_id where l.token_hash = $1
$$;
revoke all on function notice_of_link(bytea) from public;
grant execute on function notice_of_link(bytea) to wx_web;

-- Whatever code may say: no transaction of web or worker that moves a confirmed leg commits without its change.
create function leg_changes_with_notice() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if session_user in ('wx_web', 'wx_worker')
     and exists (select from trip where id = new.trip_id and state = 'confirmed')
     and not exists (select from itinerary_change c where c.leg_id = new.id and c.leg_version = new.version
                     and new.version > old.version) then
    raise exception 'notices: a confirmed leg changes only with its change' using errcode = 'WX003';
  end if;
  return null;
end $$;
create constraint trigger changes_with_notice after update on leg deferrable initially deferred
  for each row execute function leg_changes_with_notice();
