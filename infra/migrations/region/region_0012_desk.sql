-- The desk: cases that clients open and the desk answers, what of it waits in the world queue, and the residency shown.
create table desk_case (
  id uuid primary key,
  org_id uuid not null references organisation (id),
  passenger_id uuid references passenger (id),   -- whom it is about, if it is about one person
  trip_id uuid references trip (id),
  kind text not null check (kind in ('question', 'change_request', 'complaint', 'document_problem', 'incident')),
  language text not null,
  time_zone text not null,                       -- by which clock the client reads a deadline
  team text not null check (team in ('sales', 'service_agent', 'operations')),
  state text not null check (state in ('opened', 'taken', 'answered', 'closed')),
  holder_id uuid,                                -- the colleague who has it now
  holder_name text,
  respond_by timestamptz,                        -- null: nobody waits for an answer
  solve_by timestamptz,                          -- null: no such clock, or closed
  opened_at timestamptz not null,
  version integer not null default 1,
  check ((holder_id is null) = (holder_name is null)),
  check (state <> 'closed' or (respond_by is null and solve_by is null and holder_id is null))
);
create index desk_case_org on desk_case (org_id, opened_at);
create index desk_case_passenger on desk_case (passenger_id);
create index desk_case_trip on desk_case (trip_id);
create index desk_case_open on desk_case (team, respond_by) where state <> 'closed';

-- Each state as a row with who and when; the words are people's own and stay here.
create table case_step (
  id uuid primary key,
  case_id uuid not null references desk_case (id),
  org_id uuid not null,
  passenger_id uuid,
  kind text not null check (kind in ('opened', 'taken', 'handed_over', 'answered', 'replied', 'closed')),
  by_account uuid not null,
  by_name text not null,
  by_role text not null,
  team text check (team in ('sales', 'service_agent', 'operations')),
  words text not null default '',
  at timestamptz not null
);
create index case_step_case on case_step (case_id, at);
create index case_step_org on case_step (org_id);
create index case_step_passenger on case_step (passenger_id);

-- Under which random name an item of work stands in the world queue; the front door knows nothing else of it.
create table desk_queue (
  id uuid primary key default gen_random_uuid(),
  source text not null,
  work_id uuid not null,
  unique (source, work_id)
);
-- Whether the front door took the last report.
create table desk_world (
  singleton boolean primary key default true check (singleton),
  told_at timestamptz,
  failed_at timestamptz
);
insert into desk_world default values;

do $$
declare t text;
begin
  foreach t in array array['desk_case', 'case_step'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy desk_all on %I to wx_as_sales, wx_as_service_agent, wx_as_operations using (true) with check (true)', t);
    execute format('create policy desk_reads on %I for select to wx_as_finance, wx_as_compliance using (true)', t);
  end loop;
end $$;
create policy own_org on desk_case to wx_as_booker, wx_as_client_admin
  using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
  with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid));
create policy own_passenger on desk_case to wx_as_traveller
  using (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid)
         and org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
  with check (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid)
              and org_id = (select nullif(current_setting('wx.org', true), '')::uuid));
-- A note between colleagues is not the client's to read, and no client can write one.
create policy own_org on case_step to wx_as_booker, wx_as_client_admin
  using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and kind <> 'handed_over')
  with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and kind in ('opened', 'replied', 'closed'));
create policy own_passenger on case_step to wx_as_traveller
  using (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid)
         and org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and kind <> 'handed_over')
  with check (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid)
              and org_id = (select nullif(current_setting('wx.org', true), '')::uuid) and kind in ('opened', 'replied', 'closed'));
create policy worker_reads on desk_case for select to wx_as_worker using (true);

grant select on desk_case, case_step to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance;
grant insert on desk_case to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant insert on case_step to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations;
grant update (state, holder_id, holder_name, respond_by, solve_by, version) on desk_case to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (team, state, holder_id, holder_name, respond_by, solve_by, version) on desk_case
  to wx_as_sales, wx_as_service_agent, wx_as_operations;
-- The worker reports what waits: no person, no words.
grant select (id, org_id, kind, language, time_zone, team, state, holder_id, respond_by, solve_by, opened_at) on desk_case to wx_as_worker;
grant select, insert, delete on desk_queue to wx_as_worker;
grant select, update on desk_world to wx_as_worker;
grant select on desk_queue, desk_world to wx_as_sales, wx_as_service_agent, wx_as_operations;

-- Notices that wait for an acknowledgement: the worker needs the client's language, and nothing else of an organisation.
create policy worker_reads on organisation for select to wx_as_worker using (true);
grant select (id, locale) on organisation to wx_as_worker;

-- Quotes that wait for an answer, where quotes are.
do $$
begin
  if to_regclass('quote') is null then
    create view desk_quote with (security_invoker) as
      select null::uuid as id, null::uuid as org_id, '' as language, now() as opened_at where false;
  else
    create view desk_quote with (security_invoker) as
      select q.id, q.org_id, q.locale as language, q.asked_at as opened_at from quote q where q.state = 'asked';
    create policy desk_work on quote for select to wx_as_worker using (true);
    grant select (id, org_id, locale, state, asked_at) on quote to wx_as_worker;
  end if;
end $$;
grant select on desk_quote to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_worker;

-- An open case about a passenger is a reference, as a trip is; a closed one opens nothing any more.
create or replace view gate_reference as
  select lp.trip_id as reference_id, 'trip' as kind, lp.passenger_id as subject_id from leg_passenger lp group by 1, 3
  union all
  select c.id, 'case', c.passenger_id from desk_case c where c.passenger_id is not null and c.state <> 'closed';

-- Which open cases are about a passenger, for whoever may see those rows: what the passengers' room knows of cases.
create view passenger_case with (security_invoker) as
  select c.passenger_id, c.id as case_id, c.kind, c.opened_at from desk_case c where c.passenger_id is not null and c.state <> 'closed';
grant select on passenger_case to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance;

-- The last daily residency statement, for everybody whom it is about: it names nobody.
create function residency_stated() returns table (index bigint, leaf text, ts timestamptz, document text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp rows 1 as $$
  select l.index, l.leaf, l.ts, f.document from ledger_leaf l join ledger_fact f on f.index = l.index
  where l.act = 'security:residency:stated' order by l.index desc limit 1
$$;
revoke all on function residency_stated() from public;
grant execute on function residency_stated() to wx_web;

-- Counts for that statement: every table that says whose its rows are, whichever room made it. Numbers only.
create or replace function residency_counts() returns table (name text, rows bigint, foreign_rows bigint)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select 'organisation', count(*), count(*) filter (where o.region <> (select region from home)) from organisation o;
  for name in select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'org_id' and not a.attisdropped order by 1 loop
    return query execute format('select %L, count(*), count(*) filter (where o.region <> (select region from home))'
      ' from %I t join organisation o on o.id = t.org_id', name, name);
  end loop;
end $$;
