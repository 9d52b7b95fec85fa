-- Rules over the ledger: alarms with clocks and steps, silence about one person for a while, what a region set otherwise.
-- All of it is the keeper's; what an alarm is of, and about whom, stays sealed. A tag is a keyed hash of rule and person.
alter table gate.alarm
  add column tag bytea check (length(tag) = 32),
  add column fact_at timestamptz,              -- when what it is of happened
  add column respond_by timestamptz,           -- until when somebody must have taken it
  add column solve_by timestamptz,             -- until when it must be closed
  add column taken_at timestamptz,
  add column holder_id uuid references gate.account (id),
  add check ((taken_at is null) = (holder_id is null));
create index alarm_tag on gate.alarm (tag, fact_at);

create table gate.alarm_step (
  id uuid primary key,
  alarm_id uuid not null references gate.alarm (id),
  at timestamptz not null,
  sealed bytea not null
);
create index alarm_step_alarm on gate.alarm_step (alarm_id, at);

create table gate.alarm_mute (
  tag bytea primary key check (length(tag) = 32),
  alarm_id uuid not null references gate.alarm (id),
  sealed bytea not null,
  since timestamptz not null,
  until timestamptz not null check (until > since),
  held_back integer not null default 0         -- so many alarms were not raised because of it
);

create table gate.alarm_setting (
  rule text primary key,
  threshold integer not null check (threshold > 0),
  window_minutes integer not null check (window_minutes > 0),
  changed_by text not null,
  changed_at timestamptz not null
);

-- Passengers who are well known, by compliance's word: as with decoys, a row tells nobody who.
create table gate.vip (
  tag bytea primary key check (length(tag) = 32),
  id uuid not null unique,
  sealed bytea not null
);
-- Up to which entry opened values were looked at for whether they were of use.
alter table gate.watch add column of_use bigint;

grant select, insert on gate.alarm_step to wx_keeper;
grant select, insert, update, delete on gate.alarm_mute, gate.alarm_setting to wx_keeper;
grant select, insert, delete on gate.vip to wx_keeper;

-- What the keeper may know of who acts: the clock on the wall, and whose own record is whose.
create view gate_clock as
  select a.code, m.time_zone from gate.account a join member m on m.id = a.id
  where a.org_id is null and a.disabled_at is null;
-- Staff who are passengers too, by their own e-mail address: that passenger, and all of the same organisation.
create view gate_own as
  select a.code, p.id as subject_id, 'self' as own from gate.account a join passenger p on lower(p.email) = a.email
  where a.org_id is null
  union
  select a.code, q.id, 'organisation' from gate.account a join passenger p on lower(p.email) = a.email
  join passenger q on q.org_id = p.org_id and q.id <> p.id where a.org_id is null;
create index passenger_own on passenger (lower(email)) where email <> '';
-- Of which country the client of a reference is.
create view gate_area as
  select t.id as reference_id, o.country from trip t join organisation o on o.id = t.org_id
  union all
  select c.id, o.country from desk_case c join organisation o on o.id = c.org_id;
grant select on gate_clock, gate_own, gate_area to wx_keeper;

-- Alarms as open work of compliance: that there is one, who has it, and its clocks.
create view gate.alarm_work as
  select id, raised_at, taken_at, holder_id, coalesce(least(respond_by, solve_by), raised_at) as due_at
  from gate.alarm where closed_at is null;
grant select on gate.alarm_work to wx_as_compliance;
