-- The house: which region this database is, the organisations at home here, and the people who sign in.
create table home (
  singleton boolean primary key default true check (singleton),
  region text not null check (region ~ '^[a-z]{2}$')
);

create table organisation (
  id uuid primary key,
  region text not null,
  name text not null,
  country text not null,
  locale text not null,
  created_at timestamptz not null default now()
);

-- A member is the person behind an account (same id as gate.account); staff have no organisation.
create table member (
  id uuid primary key,
  org_id uuid references organisation (id),
  passenger_id uuid unique,
  name text not null,
  email text not null,
  locale text not null,
  time_zone text not null,
  theme text not null default 'auto' check (theme in ('auto', 'light', 'dark')),
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create index member_org on member (org_id);

alter table organisation enable row level security;
alter table organisation force row level security;
alter table member enable row level security;
alter table member force row level security;

create policy owner_all on organisation to wx_owner using (true) with check (true);
create policy own_org on organisation for select to wx_as_traveller, wx_as_booker, wx_as_client_admin
  using (id = (select nullif(current_setting('wx.org', true), '')::uuid));
create policy desk_all on organisation for select
  to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_administrator using (true);

create policy owner_all on member to wx_owner using (true) with check (true);
create policy own_row on member
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations,
     wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator
  using (id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (id = (select nullif(current_setting('wx.account', true), '')::uuid));

grant select on home to wx_web, wx_worker, wx_keeper;
grant select on organisation to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_administrator;
grant select, update (locale, time_zone, theme, version) on member to wx_as_traveller, wx_as_booker, wx_as_client_admin,
  wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
