-- Quotes: what was asked, what was offered, what was agreed; trips that come of it; manifests; calendar feeds.
create sequence trip_number start 1001;
create sequence quote_number start 1001;

create table quote (
  id uuid primary key,
  org_id uuid not null references organisation (id),
  reference text not null unique,
  state text not null check (state in ('asked', 'answered', 'accepted', 'declined', 'expired', 'withdrawn')),
  version integer not null default 1,
  asked_by uuid not null,
  asked_at timestamptz not null,
  locale text not null,
  seats smallint not null check (seats between 1 and 19),
  needs text[] not null default '{}',
  wish text not null default '',
  valid_until timestamptz,
  trip_id uuid references trip (id)
);
create index quote_org on quote (org_id, asked_at);
create index quote_asked on quote (asked_at, id);
create index quote_ends on quote (valid_until) where state = 'answered';

-- A state is a row with who and when; `quote.state` is the newest of them.
create table quote_step (
  id uuid primary key,
  quote_id uuid not null references quote (id),
  org_id uuid not null,
  state text not null check (state in ('asked', 'answered', 'accepted', 'declined', 'expired', 'withdrawn')),
  at timestamptz not null,
  who text not null,
  role text not null,
  unique (quote_id, state)
);
create index quote_step_org on quote_step (org_id);

create table quote_leg (
  id uuid primary key,
  quote_id uuid not null references quote (id),
  org_id uuid not null,
  position smallint not null,
  from_airport text not null,
  to_airport text not null check (to_airport <> from_airport),
  departs_on date not null,
  departs_time time,
  unique (quote_id, position)
);
create index quote_leg_org on quote_leg (org_id);

create table quote_passenger (
  id uuid primary key,
  quote_id uuid not null references quote (id),
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  unique (quote_id, passenger_id)
);
create index quote_passenger_org on quote_passenger (org_id);
create index quote_passenger_person on quote_passenger (passenger_id);

create table quote_option (
  id uuid primary key,
  quote_id uuid not null references quote (id),
  org_id uuid not null,
  position smallint not null check (position between 1 and 3),
  aircraft text not null,
  seats smallint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reason text not null,
  valid_until timestamptz not null,
  unique (quote_id, position)
);
create index quote_option_org on quote_option (org_id);

create table quote_option_leg (
  id uuid primary key,
  option_id uuid not null references quote_option (id),
  quote_id uuid not null references quote (id),
  org_id uuid not null,
  position smallint not null,
  from_airport text not null,
  to_airport text not null,
  departs_local timestamp not null,
  arrives_local timestamp not null,
  departs_at timestamptz not null,
  arrives_at timestamptz not null check (arrives_at > departs_at),
  distance_miles integer not null check (distance_miles > 0),
  unique (option_id, position)
);
create index quote_option_leg_quote on quote_option_leg (quote_id);
create index quote_option_leg_org on quote_option_leg (org_id);

-- Prices lie apart, because some who see a quote see no price.
create table quote_price (
  id uuid primary key,
  option_id uuid not null references quote_option (id),
  quote_id uuid not null references quote (id),
  org_id uuid not null,
  position smallint not null,
  kind text not null,
  amount bigint not null check (amount > 0),
  unique (option_id, position)
);
create index quote_price_quote on quote_price (quote_id);
create index quote_price_org on quote_price (org_id);

create table quote_acceptance (
  id uuid primary key,
  quote_id uuid not null unique references quote (id),
  option_id uuid not null references quote_option (id),
  org_id uuid not null,
  trip_id uuid not null references trip (id),
  account_id uuid not null,
  typed_name text not null,
  terms text not null,
  locale text not null,
  agreed text not null,
  agreed_sha256 text not null check (agreed_sha256 ~ '^[0-9a-f]{64}$'),
  paper bytea,
  paper_sha256 text check (paper_sha256 ~ '^[0-9a-f]{64}$'),
  accepted_at timestamptz not null,
  check ((paper is null) = (paper_sha256 is null))
);
create index quote_acceptance_org on quote_acceptance (org_id);

-- A calendar feed: the address holds a secret of which only the hash is here.
create table calendar_feed (
  id uuid primary key,
  account_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index calendar_feed_account on calendar_feed (account_id);

do $$
declare
  t text;
  clients text := 'wx_as_booker, wx_as_client_admin';
  own text := '(org_id = (select nullif(current_setting(''wx.org'', true), '''')::uuid))';
begin
  foreach t in array array['quote', 'quote_step', 'quote_leg', 'quote_passenger', 'quote_option', 'quote_option_leg', 'quote_price', 'quote_acceptance'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy own_org on %I to %s using %s with check %s', t, clients, own, own);
  end loop;
  foreach t in array array['quote', 'quote_step', 'quote_leg', 'quote_passenger', 'quote_option', 'quote_option_leg'] loop
    execute format('create policy desk_reads on %I for select to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance using (true)', t);
    execute format('grant select on %I to %s, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance', t, clients);
  end loop;
  foreach t in array array['quote_price', 'quote_acceptance'] loop
    execute format('create policy prices_read on %I for select to wx_as_sales, wx_as_finance using (true)', t);
    execute format('grant select on %I to %s, wx_as_sales, wx_as_finance', t, clients);
  end loop;
  foreach t in array array['quote_step', 'quote_option', 'quote_option_leg', 'quote_price'] loop
    execute format('create policy sales_answer on %I for insert to wx_as_sales with check (true)', t);
    execute format('grant insert on %I to wx_as_sales', t);
  end loop;
  foreach t in array array['quote', 'quote_step', 'quote_leg', 'quote_passenger', 'quote_acceptance'] loop
    execute format('grant insert on %I to %s', t, clients);
  end loop;
  -- Trips: clients by accepting, sales and operations as drafts; a leg is only ever inserted here.
  foreach t in array array['trip', 'leg', 'leg_passenger'] loop
    execute format('create policy client_books on %I for insert to %s with check %s', t, clients, own);
    execute format('create policy desk_books on %I for insert to wx_as_sales, wx_as_operations with check (true)', t);
    execute format('grant insert on %I to %s, wx_as_sales, wx_as_operations', t, clients);
  end loop;
  execute format('create policy client_removes on leg_passenger for delete to %s using %s', clients, own);
  execute format('grant delete on leg_passenger to %s', clients);
  -- Writing a manifest bumps the trip's version.
  execute format('create policy client_bumps on trip for update to %s using %s with check %s', clients, own, own);
  execute format('grant update (version) on trip to %s', clients);
end $$;
create policy sales_moves on quote for update to wx_as_sales using (true) with check (true);
grant update (state, version, valid_until) on quote to wx_as_sales;
grant update (state, version, trip_id) on quote to wx_as_booker, wx_as_client_admin;
grant usage on sequence quote_number to wx_as_booker, wx_as_client_admin;
grant usage on sequence trip_number to wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_operations;

-- The worker lets quotes expire and sees no more of them than that takes.
create policy worker_expires on quote to wx_as_worker using (true) with check (true);
create policy worker_expires on quote_step for insert to wx_as_worker with check (true);
grant select (id, org_id, state, version, valid_until), update (state, version) on quote to wx_as_worker;
grant insert on quote_step to wx_as_worker;

alter table calendar_feed enable row level security;
alter table calendar_feed force row level security;
create policy owner_all on calendar_feed to wx_owner using (true) with check (true);
create policy own_rows on calendar_feed to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid));
grant select, insert, update (revoked_at) on calendar_feed to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales,
  wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;

-- Whose feed an address is: the account as a session would name it, for whoever holds the secret and nobody else.
create function calendar_account(token_hash bytea)
returns table (feed_id uuid, account_id uuid, role text, org_id uuid, passenger_id uuid, code text, locale text, time_zone text)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp rows 1 as $$
  select f.id, a.id, a.role, a.org_id, a.passenger_id, a.code, m.locale, m.time_zone
  from calendar_feed f join gate.account a on a.id = f.account_id join public.member m on m.id = a.id
  where f.token_hash = $1 and f.revoked_at is null and a.disabled_at is null
$$;
revoke all on function calendar_account(bytea) from public;
grant execute on function calendar_account(bytea) to wx_web;
