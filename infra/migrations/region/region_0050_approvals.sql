-- What needs more than one person: requests, the approvals given to them, and what each organisation wants to be asked for.
-- All of it stands in schema gate: the keeper's to write, so that whoever holds web's credentials can approve nothing.
create table gate.approval_request (
  id uuid primary key,
  kind text not null check (kind in ('reveal', 'break_glass', 'export')),
  account_id uuid not null references gate.account (id),
  role text not null,                   -- the role in which it was asked, and in which alone it may be used
  org_id uuid not null,                 -- whose people it is about
  purpose text not null,
  reference_id uuid not null,
  reason text not null,                 -- people's own words: they stay here, the ledger holds a commitment to them
  salt bytea not null check (length(salt) = 32),
  needs text[] not null check (cardinality(needs) > 0 and needs <@ array['second_person', 'client']),
  approvers text[] not null,            -- the roles one of whom is the second person
  layout text check (layout in ('xlsx', 'csv')),
  state text not null check (state in ('waiting', 'approved', 'declined', 'withdrawn')),
  asked_at timestamptz not null,
  expires_at timestamptz not null,      -- until when it waits
  usable_until timestamptz,             -- once it has all approvals
  ended_at timestamptz,
  entry bigint not null,                -- the entry that says it was asked
  check ((kind = 'export') = (layout is not null)),
  check ((state = 'approved') <= (usable_until is not null))
);
create index approval_request_account on gate.approval_request (account_id, asked_at);
create index approval_request_open on gate.approval_request (asked_at) where state in ('waiting', 'approved');
create index approval_request_usable on gate.approval_request (account_id) where state = 'approved';

-- Exactly what may be opened, each once.
create table gate.approval_item (
  id uuid primary key,
  request_id uuid not null references gate.approval_request (id),
  subject_id uuid not null,
  field text not null,
  row_id uuid not null,
  opened_at timestamptz,
  unique (request_id, field, row_id)
);
create index approval_item_subject on gate.approval_item (subject_id);

-- Who agreed or declined, in which role, and the entry that says so.
create table gate.approval_vote (
  id uuid primary key,
  request_id uuid not null references gate.approval_request (id),
  need text not null check (need in ('second_person', 'client')),
  account_id uuid not null references gate.account (id),
  role text not null,
  decision text not null check (decision in ('approve', 'decline')),
  words text not null default '',
  at timestamptz not null,
  entry bigint not null,
  unique (request_id, need)
);

-- An organisation that wants to be asked before its people's values are opened: for these roles and purposes.
create table gate.client_rule (
  org_id uuid primary key,
  roles text[] not null,
  purposes text[] not null,
  changed_by uuid not null references gate.account (id),
  changed_at timestamptz not null,
  entry bigint not null
);

-- A worker shows that it is one: only its login role can put a ticket here, and the keeper takes each once.
create table gate.grant_ticket (
  request_id uuid not null,
  ticket_hash bytea primary key check (length(ticket_hash) = 32),
  at timestamptz not null default clock_timestamp()
);

grant select, insert, update on gate.approval_request, gate.approval_item, gate.client_rule to wx_keeper;
grant select, insert on gate.approval_vote to wx_keeper;
grant delete on gate.client_rule to wx_keeper;
grant select, delete on gate.grant_ticket to wx_keeper;
grant insert (request_id, ticket_hash) on gate.grant_ticket to wx_as_worker;

-- Approvals that still stand: given by people who still are what they were, and not used yet.
create view gate.approval_standing as
  select r.id as request_id, r.kind, r.account_id, r.role, r.purpose, r.reference_id, r.needs, r.usable_until,
         i.id as item_id, i.subject_id, i.field, i.row_id
  from gate.approval_request r join gate.approval_item i on i.request_id = r.id
  join gate.account asker on asker.id = r.account_id and asker.disabled_at is null and asker.role = r.role
  where r.state = 'approved' and i.opened_at is null and not exists (
    select from gate.approval_vote v join gate.account a on a.id = v.account_id
    where v.request_id = r.id and (a.disabled_at is not null or a.role <> v.role));
grant select on gate.approval_standing to wx_keeper;

-- What a person may read: the own requests, those one may approve, and for compliance every broken glass. No token, no hash.
create view gate.approval_list with (security_barrier) as
  select r.id, r.kind, r.account_id, m.name as requester, m.locale, r.role, r.org_id, r.purpose, r.reference_id, r.reason,
         encode(r.salt, 'hex') as salt, r.needs, r.approvers, r.layout, r.state, r.asked_at, r.expires_at, r.usable_until,
         r.ended_at, r.entry,
         (select count(*) from gate.approval_item i where i.request_id = r.id) as items,
         (select count(*) from gate.approval_item i where i.request_id = r.id and i.opened_at is not null) as opened,
         (select array_agg(v.need) from gate.approval_vote v where v.request_id = r.id) as given
  from gate.approval_request r join public.member m on m.id = r.account_id
  where r.account_id = (select nullif(current_setting('wx.account', true), '')::uuid)
     or ('second_person' = any (r.needs) and current_user::text = any (
           select 'wx_as_' || approver from unnest(r.approvers) as approver))
     or ('client' = any (r.needs) and current_user::text = 'wx_as_client_admin'
         and r.org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
     or (r.kind in ('break_glass', 'export') and current_user::text = 'wx_as_compliance');

create view gate.approval_item_list with (security_barrier) as
  select i.request_id, i.id, i.subject_id, i.field, i.row_id, i.opened_at
  from gate.approval_item i where i.request_id in (select id from gate.approval_list);

create view gate.approval_vote_list with (security_barrier) as
  select v.request_id, v.need, v.account_id, m.name, m.locale, v.role, v.decision, v.words, v.at, v.entry
  from gate.approval_vote v join public.member m on m.id = v.account_id
  where v.request_id in (select id from gate.approval_list);

-- Whether an organisation wants to be asked: its own people, and the desk, which meets the refusal.
create view gate.client_rule_list with (security_barrier) as
  select c.org_id, c.roles, c.purposes, m.name as changed_by, c.changed_at, c.entry
  from gate.client_rule c join public.member m on m.id = c.changed_by
  where current_user::text not in ('wx_as_booker', 'wx_as_client_admin', 'wx_as_traveller')
     or c.org_id = (select nullif(current_setting('wx.org', true), '')::uuid);

do $$
declare t text;
begin
  foreach t in array array['approval_list', 'approval_item_list', 'approval_vote_list', 'client_rule_list'] loop
    execute format('grant select on gate.%I to wx_as_booker, wx_as_client_admin, wx_as_traveller, wx_as_sales,'
      ' wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance', t);
  end loop;
end $$;

-- What the worker does with approved exports and broken glass: no reason, no name but that of the file's reader.
create view gate.grant_work as
  select r.id, r.account_id, m.name as requester, m.locale, m.time_zone, a.code, r.role, r.org_id, r.purpose, r.reference_id,
         r.layout, r.state, r.usable_until, v.entry as approved_entry, v.at as approved_at
  from gate.approval_request r join gate.account a on a.id = r.account_id join public.member m on m.id = r.account_id
  join lateral (select max(entry) as entry, max(at) as at from gate.approval_vote where request_id = r.id) v on true
  where r.kind = 'export' and r.state = 'approved';
create view gate.grant_item as
  select i.request_id, i.id, i.subject_id, i.field, i.row_id, i.opened_at from gate.approval_item i
  join gate.approval_request r on r.id = i.request_id where r.kind = 'export' and r.state = 'approved';
create view gate.broken_glass as
  select r.id, r.account_id, r.role, r.org_id, r.purpose, r.reference_id, v.at as approved_at
  from gate.approval_request r join lateral (select max(at) as at from gate.approval_vote where request_id = r.id) v on true
  where r.kind = 'break_glass' and r.state = 'approved';
create view gate.compliance_mail as
  select m.id, m.email, m.locale from public.member m join gate.account a on a.id = m.id
  where a.role = 'compliance' and a.disabled_at is null;
grant select on gate.grant_work, gate.grant_item, gate.broken_glass, gate.compliance_mail to wx_as_worker;
grant usage on schema gate to wx_as_worker;
