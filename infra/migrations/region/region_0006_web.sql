-- What the web floor remembers between requests.
create table idempotency (
  id bytea primary key,                  -- hash of account, method, path and key
  account_id uuid not null,
  body_hash bytea not null,
  status smallint not null,
  location text,                         -- the made thing's address; its content is read anew, never stored here
  created_at timestamptz not null default now()
);
create index idempotency_created on idempotency (created_at);

-- Showing the same people to the same person within a minute is one view.
create table recent_view (
  account_id uuid not null,
  digest bytea not null,
  at timestamptz not null,
  primary key (account_id, digest)
);
create index recent_view_at on recent_view (at);

create table ledger_export (
  id uuid primary key,
  account_id uuid not null,
  state text not null default 'waiting' check (state in ('waiting', 'building', 'ready', 'failed')),
  progress smallint not null default 0,
  size bigint,
  entries bigint,
  requested_at timestamptz not null default now(),
  ready_at timestamptz,
  failure text
);
create index ledger_export_account on ledger_export (account_id, requested_at);
create index ledger_export_waiting on ledger_export (requested_at) where state in ('waiting', 'building');

do $$
declare t text;
begin
  foreach t in array array['idempotency', 'recent_view', 'ledger_export'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format($p$create policy own_rows on %I to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
      wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator
      using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
      with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))$p$, t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update on idempotency, recent_view to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales,
  wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
grant select, delete on idempotency, recent_view to wx_as_worker;
grant select, insert on ledger_export to wx_as_auditor;
grant select, update on ledger_export to wx_as_worker;

-- Counts for the daily residency leaf: numbers only.
create function residency_counts() returns table (name text, rows bigint, foreign_rows bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with here as (select region from home), o as (select id, region <> (select region from here) as away from organisation)
  select 'organisation', count(*), count(*) filter (where away) from o
  union all select 'passenger', count(*), count(*) filter (where o.away) from passenger p join o on o.id = p.org_id
  union all select 'travel_document', count(*), count(*) filter (where o.away) from travel_document p join o on o.id = p.org_id
  union all select 'payment_card', count(*), count(*) filter (where o.away) from payment_card p join o on o.id = p.org_id
  union all select 'bank_account', count(*), count(*) filter (where o.away) from bank_account p join o on o.id = p.org_id
  union all select 'trip', count(*), count(*) filter (where o.away) from trip p join o on o.id = p.org_id
  union all select 'leg', count(*), count(*) filter (where o.away) from leg p join o on o.id = p.org_id
$$;
revoke all on function residency_counts() from public;
grant execute on function residency_counts() to wx_as_worker;
