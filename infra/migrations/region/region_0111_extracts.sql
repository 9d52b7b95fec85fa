-- Extracts of the ledger as tables with proofs, and reports that are made on a rhythm. Filters hold codes, no name.
create table ledger_extract (
  id uuid primary key,
  account_id uuid not null,                 -- who asked, and alone may fetch it
  layout text not null check (layout in ('csv', 'xlsx', 'parquet', 'jsonl')),
  filter text not null,                     -- canonical JSON of the filters, as the ledger's page takes them
  language text not null,
  state text not null default 'waiting' check (state in ('waiting', 'building', 'ready', 'failed', 'expired')),
  done bigint not null default 0,
  total bigint,
  size bigint,
  seconds integer,                          -- how long it took
  requested_at timestamptz not null,
  ready_at timestamptz,
  expires_at timestamptz,
  failure text,
  schedule_id uuid
);
create index ledger_extract_account on ledger_extract (account_id, requested_at);
create index ledger_extract_open on ledger_extract (requested_at) where state in ('waiting', 'building');
create index ledger_extract_kept on ledger_extract (expires_at) where state = 'ready';

create table report_schedule (
  id uuid primary key,
  account_id uuid not null,
  title text not null,
  layout text not null check (layout in ('csv', 'xlsx', 'parquet', 'jsonl')),
  filter text not null,
  language text not null,
  rhythm text not null check (rhythm in ('weekly', 'monthly')),
  day smallint not null,                    -- weekly: 0 is Monday; monthly: 1 to 28
  hour smallint not null check (hour between 0 and 23),
  time_zone text not null,
  next_at timestamptz not null,
  last_at timestamptz,
  last_extract uuid,
  paused_at timestamptz,
  created_at timestamptz not null,
  check (case when rhythm = 'weekly' then day between 0 and 6 else day between 1 and 28 end)
);
create index report_schedule_account on report_schedule (account_id);
create index report_schedule_due on report_schedule (next_at) where paused_at is null;

do $$
declare t text;
begin
  foreach t in array array['ledger_extract', 'report_schedule'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format($p$create policy own_rows on %I to wx_as_auditor, wx_as_compliance, wx_as_external_auditor
      using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
      with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))$p$, t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert on ledger_extract, report_schedule to wx_as_auditor, wx_as_compliance, wx_as_external_auditor;
grant update (paused_at, next_at), delete on report_schedule to wx_as_auditor, wx_as_compliance, wx_as_external_auditor;
grant select, insert, update on ledger_extract to wx_as_worker;
grant select, update on report_schedule to wx_as_worker;

-- To whom the mail about a report goes, and whether that person may still have one.
create view gate.report_reader as
  select a.id as account_id, m.email, m.locale, m.time_zone from gate.account a join public.member m on m.id = a.id
  left join gate.external_auditor x on x.account_id = a.id
  where a.role in ('auditor', 'compliance') and a.disabled_at is null and x.revoked_at is null
    and (x.account_id is null or x.ends_at > now());
grant select on gate.report_reader to wx_as_worker;

-- The log's public key, as its first entry states it: whoever fetches an extract needs it, whatever else he may see.
create function ledger_vkey() returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce((select document::jsonb ->> 'vkey' from ledger_fact where index = 0), '')
$$;
revoke all on function ledger_vkey() from public;
grant execute on function ledger_vkey() to wx_as_auditor, wx_as_compliance, wx_as_external_auditor;
