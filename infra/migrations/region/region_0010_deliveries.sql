-- A message to a person and what became of it. Neither address nor text stands here: both are made when it is sent.
create table delivery (
  id uuid primary key,                   -- its Message-ID too: a second copy is the same message
  org_id uuid not null,
  about uuid not null,
  channel text not null check (channel in ('mail')),
  state text not null check (state in ('created', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'expired')),
  attempts integer not null default 0,
  failure text,                          -- the code of the last attempt's failure
  created_at timestamptz not null,
  sending_at timestamptz,
  next_at timestamptz,
  sent_at timestamptz,
  settled_at timestamptz
);
create index delivery_about on delivery (about);
create index delivery_org on delivery (org_id);

alter table delivery enable row level security;
alter table delivery force row level security;
create policy owner_all on delivery to wx_owner using (true) with check (true);
create policy desk_reads on delivery for select to wx_as_operations, wx_as_service_agent using (true);
create policy operations_makes on delivery for insert to wx_as_operations with check (true);
create policy operations_withdraws on delivery for update to wx_as_operations using (true) with check (state = 'expired');
create policy worker_all on delivery to wx_as_worker using (true) with check (true);
grant select, insert on delivery to wx_as_operations;
grant update (state, settled_at) on delivery to wx_as_operations;
grant select on delivery to wx_as_service_agent;
grant select, update on delivery to wx_as_worker;

-- How much a mail says: everything, or only that there is something to read.
alter table member add column mails text not null default 'full' check (mails in ('full', 'minimal'));
grant update (mails) on member to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
