-- Alarms for compliance, and decoys: passengers who do not exist. The keeper's alone: no other role can read a row of them.
-- What an alarm says and which passenger a decoy is lie sealed with a key that the keeper derives; a tag is a keyed hash.
create table gate.alarm (
  id uuid primary key,
  raised_at timestamptz not null,
  details bytea not null,
  closed_at timestamptz,
  closing bytea,
  check ((closed_at is null) = (closing is null))
);
create index alarm_raised on gate.alarm (raised_at);
create table gate.decoy (
  tag bytea primary key check (length(tag) = 32),
  id uuid not null unique,
  sealed bytea not null
);
-- How far the keeper has watched the ledger.
create table gate.watch (
  singleton boolean primary key default true check (singleton),
  next bigint not null
);
grant select, insert, update on gate.alarm, gate.watch to wx_keeper;
grant select, insert, delete on gate.decoy to wx_keeper;
