-- Monthly access reviews: who holds which role, seen once a month, attested person by person, signed.
create view gate.access_holder as
  select a.id, a.code, a.role, a.created_at, m.name, m.email
  from gate.account a join public.member m on m.id = a.id where a.org_id is null and a.disabled_at is null;
grant select on gate.access_holder to wx_as_worker, wx_as_compliance, wx_as_administrator;

-- Whose a role is: that person attests it. No row: anybody of compliance; for compliance itself, the administrator.
create table access_owner (
  role text primary key,
  account_id uuid not null,
  name text not null,
  set_by uuid not null,
  set_at timestamptz not null
);
create table access_review (
  id uuid primary key,
  month date not null check (extract(day from month) = 1),
  role text not null,
  owner_id uuid,                        -- null: as above
  owner_name text,
  opened_at timestamptz not null,
  due_at timestamptz not null,
  told_at timestamptz,                  -- when compliance was told that it is overdue
  document text not null,               -- the snapshot: codes, last use, values opened; what the entry commits to
  digest text not null,
  signed_at timestamptz,
  signed_by uuid,
  signed_name text,
  unique (month, role),
  check ((signed_at is null) = (signed_by is null))
);
create index access_review_open on access_review (due_at) where signed_at is null;
create table access_line (
  id uuid primary key,
  review_id uuid not null references access_review (id),
  owner_id uuid,
  account_id uuid not null,
  code text not null,
  name text not null,
  email text not null,
  since timestamptz not null,
  last_used_at timestamptz,
  opened integer not null,              -- values opened in the month
  decision text check (decision in ('keep', 'remove', 'change')),
  to_role text,
  words text not null default '',
  decided_by uuid,
  decided_name text,
  decided_at timestamptz,
  done_at timestamptz,                  -- when it was carried out: the access ended, or the role changed
  done_name text,
  unique (review_id, account_id),
  check ((decision is null) = (decided_by is null)),
  check ((decision = 'change') = (to_role is not null) or decision is null)
);
create index access_line_review on access_line (review_id);
create index access_line_undone on access_line (decided_at) where decision = 'change' and done_at is null;

do $$
declare t text;
begin
  foreach t in array array['access_owner', 'access_review', 'access_line'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
    execute format('create policy keepers_all on %I to wx_as_compliance, wx_as_administrator using (true) with check (true)', t);
  end loop;
  foreach t in array array['access_review', 'access_line'] loop
    execute format('create policy own_role on %I to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance'
      ' using (owner_id = (select nullif(current_setting(''wx.account'', true), '''')::uuid))'
      ' with check (owner_id = (select nullif(current_setting(''wx.account'', true), '''')::uuid))', t);
    execute format('grant select on %I to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance,'
      ' wx_as_compliance, wx_as_administrator', t);
  end loop;
end $$;
grant select, insert, update, delete on access_owner to wx_as_compliance;
grant select on access_owner to wx_as_administrator, wx_as_worker;
grant select, insert on access_review, access_line to wx_as_worker;
grant update (told_at) on access_review to wx_as_worker;
grant update (signed_at, signed_by, signed_name, owner_id, owner_name) on access_review to wx_as_compliance, wx_as_administrator;
grant update (owner_id) on access_line to wx_as_compliance;
grant update (decision, to_role, words, decided_by, decided_name, decided_at) on access_line
  to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_administrator;
grant update (done_at, done_name) on access_line to wx_as_compliance, wx_as_administrator;
