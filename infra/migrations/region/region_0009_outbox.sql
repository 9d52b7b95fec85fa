-- The outbox: promises made inside a transaction, kept by a worker afterwards, at least once.
create table outbox (
  id uuid primary key,
  topic text not null check (topic ~ '^[a-z-]+$'),
  subject_id uuid not null,              -- what it is about; never a value
  due_at timestamptz not null,
  attempts integer not null default 0,
  claimed_until timestamptz,             -- a worker is at it; a later one may take it over
  failure text,                          -- the code of the last attempt's failure
  created_at timestamptz not null
);
create index outbox_due on outbox (due_at);
create index outbox_subject on outbox (subject_id);

alter table outbox enable row level security;
alter table outbox force row level security;
create policy owner_all on outbox to wx_owner using (true) with check (true);
create policy promises on outbox for insert to wx_as_operations with check (true);
create policy desk_reads on outbox for select to wx_as_operations, wx_as_service_agent using (true);
create policy worker_all on outbox to wx_as_worker using (true) with check (true);
grant insert on outbox to wx_as_operations;
grant select on outbox to wx_as_operations, wx_as_service_agent;
grant select, update, delete on outbox to wx_as_worker;
