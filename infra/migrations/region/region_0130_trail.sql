-- The trail: an entry that somebody does not recognise becomes a case, and a quarterly digest goes to who wishes one.

-- Which entry of the ledger a case is about: its number, and nothing else of it. One case for one entry.
alter table desk_case add column entry bigint check (entry >= 0);
alter table desk_case add check (entry is null or (kind = 'complaint' and passenger_id is not null));
create unique index desk_case_entry on desk_case (passenger_id, entry) where entry is not null;

-- The entry itself, for the desk that must answer; the name of who acted, for compliance alone.
create view disputed_entry with (security_barrier) as
  select c.id as case_id, l.index, l.leaf from desk_case c join ledger_leaf l on l.index = c.entry;
grant select on disputed_entry to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_compliance;
create view gate.disputed_actor with (security_barrier) as
  select c.id as case_id, m.name, m.locale from public.desk_case c join public.ledger_leaf l on l.index = c.entry
  join gate.account a on a.code = l.who join public.member m on m.id = a.id;
grant select on gate.disputed_actor to wx_as_compliance;

-- It is the traveller's own affair: those who keep the organisation's people may be whom it is about.
create policy not_of_entries on desk_case as restrictive for select to wx_as_booker, wx_as_client_admin using (entry is null);
create policy not_of_entries on case_step as restrictive for select to wx_as_booker, wx_as_client_admin
  using (exists (select from desk_case c where c.id = case_step.case_id));

-- Who wishes the digest. The keeper counts for nobody else.
create table trail_wish (
  account_id uuid primary key references member (id),
  org_id uuid not null references organisation (id),
  passenger_id uuid not null references passenger (id),
  chosen_at timestamptz not null
);
create index trail_wish_org on trail_wish (org_id);
create index trail_wish_passenger on trail_wish (passenger_id);

-- One digest for an account and quarter, ever.
create table trail_digest (
  id uuid primary key,
  account_id uuid not null references member (id),
  org_id uuid not null references organisation (id),
  quarter text not null check (quarter ~ '^\d{4}-Q[1-4]$'),
  since timestamptz not null,
  until timestamptz not null,
  made_at timestamptz not null,
  unique (account_id, quarter)
);
create index trail_digest_org on trail_digest (org_id);

-- Links by which the digest is left without signing in: 32 random bytes in the mail, their hash here.
create table trail_leave (
  token_hash bytea primary key check (length(token_hash) = 32),
  account_id uuid not null references member (id),
  org_id uuid not null references organisation (id),
  made_at timestamptz not null
);
create index trail_leave_account on trail_leave (account_id);
create index trail_leave_org on trail_leave (org_id);

do $$
declare t text;
begin
  foreach t in array array['trail_wish', 'trail_digest', 'trail_leave'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
  end loop;
end $$;
create policy own_wish on trail_wish to wx_as_traveller
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid)
              and passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid)
              and org_id = (select nullif(current_setting('wx.org', true), '')::uuid));
create policy keeper_looks on trail_wish for select to wx_keeper using (true);
grant select, insert, delete on trail_wish to wx_as_traveller;
grant select (account_id, passenger_id) on trail_wish to wx_keeper;
grant select, insert on trail_digest, trail_leave to wx_as_worker;

-- What the worker writes to: a person's address, language and zone, for these two mails only.
create view trail_digest_due with (security_barrier) as
  select w.account_id, w.org_id, w.passenger_id, w.chosen_at, m.email, m.locale, m.time_zone, m.mails
  from trail_wish w join member m on m.id = w.account_id join gate.account a on a.id = w.account_id and a.disabled_at is null;
create view dispute_mail with (security_barrier) as
  select s.id as step_id, c.id as case_id, c.org_id, c.passenger_id, c.entry, s.kind, s.at, c.respond_by, c.solve_by,
         m.email, m.locale, m.time_zone
  from case_step s join desk_case c on c.id = s.case_id join member m on m.passenger_id = c.passenger_id
  join gate.account a on a.id = m.id and a.disabled_at is null
  where c.entry is not null and s.kind in ('opened', 'answered', 'closed') and (s.kind = 'opened' or s.by_account <> m.id);
grant select on trail_digest_due, dispute_mail to wx_as_worker;
grant insert on delivery to wx_as_worker;

-- Whose digest a link ends.
create function digest_of_link(token_hash bytea) returns table (account_id uuid, org_id uuid, passenger_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp rows 1 as $$
  select l.account_id, l.org_id, m.passenger_id from trail_leave l join member m on m.id = l.account_id
  where l.token_hash = $1 and m.passenger_id is not null
$$;
revoke all on function digest_of_link(bytea) from public;
grant execute on function digest_of_link(bytea) to wx_web;
