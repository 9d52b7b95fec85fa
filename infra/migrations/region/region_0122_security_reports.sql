-- Monthly security reports: figures in one document, one PDF a language, kept with the region's data. They name nobody.
create table security_report (
  id uuid primary key,
  month date not null check (extract(day from month) = 1),
  state text not null check (state in ('waiting', 'making', 'ready', 'failed')),
  asked_at timestamptz not null,
  asked_by uuid,                        -- null: made by itself when the month was over
  asked_name text,
  made_at timestamptz,
  figures text,                         -- canonical JSON; the entry commits to it
  digest text,
  log_size bigint,                      -- the checkpoint named in it
  log_root text,
  failure text,
  check ((state = 'ready') = (figures is not null and digest is not null and made_at is not null))
);
create index security_report_month on security_report (month, asked_at);
create index security_report_waiting on security_report (asked_at) where state in ('waiting', 'making');
create table security_report_file (
  report_id uuid not null references security_report (id),
  locale text not null,
  content bytea not null,
  sha256 text not null,
  primary key (report_id, locale)
);

do $$
declare t text;
begin
  foreach t in array array['security_report', 'security_report_file'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
    execute format('create policy readers on %I for select to wx_as_compliance, wx_as_auditor using (true)', t);
    execute format('grant select on %I to wx_as_compliance, wx_as_auditor', t);
    execute format('grant select, insert, update on %I to wx_as_worker', t);
  end loop;
end $$;
create policy compliance_asks on security_report for insert to wx_as_compliance
  with check (state = 'waiting' and asked_by = (select nullif(current_setting('wx.account', true), '')::uuid));
grant insert (id, month, state, asked_at, asked_by, asked_name) on security_report to wx_as_compliance;
-- Which months the ledger knows.
create function ledger_began() returns timestamptz language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select ts from ledger_leaf order by index limit 1
$$;
revoke all on function ledger_began() from public;
grant execute on function ledger_began() to wx_as_compliance, wx_as_worker;
