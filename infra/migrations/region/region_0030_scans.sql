-- Scans of travel documents: the head of each, sealed like any value; its chunks lie in the store, under the row's id.
create table document_scan (
  id uuid primary key,
  document_id uuid not null references travel_document (id) on delete cascade,
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  media text not null check (media in ('jpeg', 'png', 'pdf')),  -- what was handed in; what is kept are JPEG pages
  pages smallint not null check (pages between 1 and 99),
  bytes integer not null check (bytes > 0),
  content bytea not null,
  created_at timestamptz not null
);
create index document_scan_document on document_scan (document_id);
create index document_scan_passenger on document_scan (passenger_id);
create index document_scan_org on document_scan (org_id);

alter table document_scan enable row level security;
alter table document_scan force row level security;
create policy owner_all on document_scan to wx_owner using (true) with check (true);
create policy own_passenger on document_scan to wx_as_traveller
  using (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid) and org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
  with check (passenger_id = (select nullif(current_setting('wx.passenger', true), '')::uuid) and org_id = (select nullif(current_setting('wx.org', true), '')::uuid));
create policy own_org on document_scan to wx_as_booker, wx_as_client_admin
  using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
  with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid));
create policy desk_reads on document_scan for select to wx_as_service_agent, wx_as_operations, wx_as_compliance using (true);
create policy worker_reads on document_scan for select to wx_as_worker using (true);

-- Everything but the head, and only for roles whose cell of the matrix is not hidden.
grant select (id, document_id, passenger_id, org_id, media, pages, bytes, created_at) on document_scan
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_service_agent, wx_as_operations, wx_as_compliance;
grant insert, delete on document_scan to wx_as_traveller, wx_as_booker, wx_as_client_admin;
-- The worker compares names with the store's, and deletes there what no row names.
grant select (id) on document_scan to wx_as_worker;

-- What the keeper may open. Appended to the view as it is by now, whatever else was added to it before.
do $$
begin
  execute 'create or replace view gate_sealed as ' || rtrim(pg_get_viewdef('gate_sealed'::regclass), '; ')
    || $v$ union all
  select id, passenger_id, org_id, 'document.scan', 'document_scan', 'content', content, null::date from document_scan$v$;
end $$;
