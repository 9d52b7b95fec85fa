-- Files made under a grant, and the reviews of broken glass.
create table bulk_export (
  id uuid primary key,                  -- the request's id
  org_id uuid not null references organisation (id),
  trip_id uuid not null references trip (id),
  account_id uuid not null,             -- who asked, and alone may fetch it
  layout text not null check (layout in ('xlsx', 'csv')),
  state text not null check (state in ('building', 'ready', 'failed', 'revoked', 'expired')),
  size bigint,
  records integer,
  downloads integer not null default 0,
  begun_at timestamptz not null,
  built_at timestamptz,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  failure text
);
create index bulk_export_account on bulk_export (account_id, begun_at);
create index bulk_export_org on bulk_export (org_id);
create index bulk_export_trip on bulk_export (trip_id);
create index bulk_export_open on bulk_export (expires_at) where state in ('building', 'ready');

create table break_glass_review (
  id uuid primary key,                  -- the request's id
  org_id uuid not null references organisation (id),
  opened_at timestamptz not null,
  due_at timestamptz not null,
  told_at timestamptz,                  -- when the first mail to compliance had left
  finding text check (finding in ('justified', 'unjustified', 'unused')),
  words text not null default '',
  language text,                        -- of these words
  reviewer_id uuid,
  reviewer_name text,
  closed_at timestamptz,
  check ((finding is null) = (closed_at is null) and (finding is null) = (reviewer_id is null))
);
create index break_glass_review_org on break_glass_review (org_id);
create index break_glass_review_open on break_glass_review (due_at) where closed_at is null;

do $$
declare t text;
begin
  foreach t in array array['bulk_export', 'break_glass_review'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy worker_all on %I to wx_as_worker using (true) with check (true)', t);
    execute format('create policy compliance_all on %I to wx_as_compliance using (true) with check (true)', t);
  end loop;
end $$;
create policy own_rows on bulk_export to wx_as_operations
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid));

grant select on bulk_export to wx_as_operations, wx_as_compliance;
grant update (state, downloads, ended_at, ended_by) on bulk_export to wx_as_operations;
grant update (state, ended_at, ended_by) on bulk_export to wx_as_compliance;
grant select, insert, update on bulk_export to wx_as_worker;
grant select on break_glass_review to wx_as_compliance;
grant update (finding, words, language, reviewer_id, reviewer_name, closed_at) on break_glass_review to wx_as_compliance;
grant select, insert, update on break_glass_review to wx_as_worker;
grant insert on outbox to wx_as_worker;

-- A review is work of the desk: compliance reads the desk's list, and where its items stand in the world queue.
grant select on desk_queue, desk_world to wx_as_compliance;

-- What stands in a file beside the opened values, for the people of one approved grant and nobody else.
create function grant_rows(request uuid)
returns table (item_id uuid, subject_id uuid, field text, row_id uuid, family_name text, given_name text, native_name text,
               nationality text, issuing_state text, expires_on date, trip text)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select i.id, i.subject_id, i.field, i.row_id, p.family_name, p.given_name, p.native_name, p.nationality,
         d.issuing_state, d.expires_on, t.reference
  from gate.grant_item i join gate.grant_work g on g.id = i.request_id join passenger p on p.id = i.subject_id
  join trip t on t.id = g.reference_id left join travel_document d on d.id = i.row_id
  where i.request_id = $1 order by p.sort_key, p.id, i.field
$$;
revoke all on function grant_rows(uuid) from public;
grant execute on function grant_rows(uuid) to wx_as_worker;
