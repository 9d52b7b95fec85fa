-- The auditor's workspace: searches kept under a name, and by which clock staff live.
create table ledger_search (
  id uuid primary key,
  account_id uuid not null,
  owner_code text not null,              -- the staff code, for colleagues whom the search is shared with
  name text not null check (length(name) between 1 and 80),
  query jsonb not null,                  -- filters: codes, pseudonyms and times; never a personal value
  shared boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create index ledger_search_account on ledger_search (account_id);
create index ledger_search_shared on ledger_search (created_at) where shared;
alter table ledger_search enable row level security;
alter table ledger_search force row level security;
create policy owner_all on ledger_search to wx_owner using (true) with check (true);
create policy own_rows on ledger_search to wx_as_auditor
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid));
create policy shared_rows on ledger_search for select to wx_as_auditor using (shared);
grant select, insert, delete, update (name, shared, version, changed_at) on ledger_search to wx_as_auditor;

-- By staff code the time zone and nothing else. Clients' accounts are left out: where a client lives is personal.
create function staff_clocks() returns table (code text, time_zone text)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select a.code, m.time_zone from gate.account a join public.member m on m.id = a.id where m.org_id is null order by a.code
$$;
revoke all on function staff_clocks() from public;
grant execute on function staff_clocks() to wx_as_auditor;
