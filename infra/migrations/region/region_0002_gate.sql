-- The gate: credentials, sessions and step-ups. The keeper's to read and write; web sees one session by its token's hash.
create schema gate;
revoke all on schema gate from public;

create table gate.account (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  password_hash text not null,
  role text not null check (role in ('traveller', 'booker', 'client_admin', 'sales', 'service_agent', 'operations',
                                     'finance', 'compliance', 'auditor', 'administrator')),
  org_id uuid,
  passenger_id uuid unique,
  code text not null unique,            -- how the ledger names this person
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  check ((role in ('traveller', 'booker', 'client_admin')) = (org_id is not null)),
  check (role <> 'traveller' or passenger_id is not null)
);

create table gate.session (
  id uuid primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  account_id uuid not null references gate.account (id),
  device text not null,                 -- a short label such as "Firefox · Linux", never a full user agent
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index session_account on gate.session (account_id) where ended_at is null;

create table gate.step_up (
  id uuid primary key,
  session_id uuid not null references gate.session (id),
  method text not null check (method in ('password')),
  passed_at timestamptz not null,
  expires_at timestamptz not null,
  uses integer not null default 0,
  max_uses integer not null
);
create index step_up_session on gate.step_up (session_id, expires_at);

-- Failures counted per keyed hash of an address or a sign-in name; no name stands here.
create table gate.throttle (
  key bytea primary key,
  window_started_at timestamptz not null,
  failures integer not null
);

-- One live session by the hash of its token. A hash cannot be turned back into a token, and the function shows no other row.
create function gate.session_of(token_hash bytea, at timestamptz)
returns table (session_id uuid, account_id uuid, role text, org_id uuid, passenger_id uuid, code text, expires_at timestamptz,
               step_up_until timestamptz, name text, email text, locale text, time_zone text, theme text, version integer)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp rows 1 as $$
  select s.id, a.id, a.role, a.org_id, a.passenger_id, a.code, s.expires_at,
         (select max(u.expires_at) from gate.step_up u where u.session_id = s.id and u.expires_at > $2 and u.uses < u.max_uses),
         m.name, m.email, m.locale, m.time_zone, m.theme, m.version
  from gate.session s join gate.account a on a.id = s.account_id join public.member m on m.id = a.id
  where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and a.disabled_at is null
$$;
revoke all on function gate.session_of(bytea, timestamptz) from public;

-- A person's own live sessions, without secrets.
create view gate.session_list with (security_barrier) as
  select s.id, s.account_id, s.device, s.created_at, s.seen_at, s.expires_at
  from gate.session s
  where s.ended_at is null and s.account_id = (select nullif(current_setting('wx.account', true), '')::uuid);

grant usage on schema gate to wx_keeper, wx_web, wx_worker, wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales,
  wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
grant execute on function gate.session_of(bytea, timestamptz) to wx_web, wx_keeper;
grant select on gate.session_list to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
grant select, insert, update on gate.account, gate.session, gate.step_up, gate.throttle to wx_keeper;
grant delete on gate.throttle, gate.step_up to wx_keeper;
