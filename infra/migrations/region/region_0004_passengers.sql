-- Travellers and what is sealed about them. Envelopes can be written by web but never read by it; masks stand apart, granted by role.
create table passenger (
  id uuid primary key,
  org_id uuid not null references organisation (id),
  given_name text not null default '',
  family_name text not null default '',
  native_name text not null default '',
  name_order text not null default 'given_first' check (name_order in ('given_first', 'family_first')),
  email text not null default '',
  phone text not null default '',
  nationality text not null default '',
  birth_date bytea,
  birth_date_stored boolean generated always as (birth_date is not null) stored,
  sort_key bytea not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (given_name <> '' or family_name <> '')
);
create index passenger_org_sort on passenger (org_id, sort_key, id);
create index passenger_sort on passenger (sort_key, id);

create table travel_document (
  id uuid primary key,
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  kind text not null check (kind in ('passport', 'visa', 'national_id', 'residence_permit', 'known_traveller')),
  issuing_state text not null,
  expires_on date,
  number bytea,
  number_stored boolean generated always as (number is not null) stored,
  created_at timestamptz not null default now()
);
create index travel_document_passenger on travel_document (passenger_id);
create index travel_document_org on travel_document (org_id);

create table payment_card (
  id uuid primary key,
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  number bytea,
  expiry bytea,
  holder bytea,
  number_stored boolean generated always as (number is not null) stored,
  expiry_stored boolean generated always as (expiry is not null) stored,
  holder_stored boolean generated always as (holder is not null) stored,
  created_at timestamptz not null default now()
);
create index payment_card_passenger on payment_card (passenger_id);
create index payment_card_org on payment_card (org_id);

create table bank_account (
  id uuid primary key,
  passenger_id uuid not null references passenger (id),
  org_id uuid not null,
  iban bytea,
  iban_stored boolean generated always as (iban is not null) stored,
  created_at timestamptz not null default now()
);
create index bank_account_passenger on bank_account (passenger_id);
create index bank_account_org on bank_account (org_id);

create table document_mask (
  id uuid primary key references travel_document (id) on delete cascade,
  passenger_id uuid not null,
  org_id uuid not null,
  mask text not null
);
create index document_mask_passenger on document_mask (passenger_id);
create table card_mask (
  id uuid primary key references payment_card (id) on delete cascade,
  passenger_id uuid not null,
  org_id uuid not null,
  brand text not null,
  mask text not null
);
create index card_mask_passenger on card_mask (passenger_id);
create table iban_mask (
  id uuid primary key references bank_account (id) on delete cascade,
  passenger_id uuid not null,
  org_id uuid not null,
  country text not null,
  mask text not null
);
create index iban_mask_passenger on iban_mask (passenger_id);

do $$
declare t text; own text;
begin
  foreach t in array array['passenger', 'travel_document', 'payment_card', 'bank_account', 'document_mask', 'card_mask', 'iban_mask'] loop
    own := case when t = 'passenger' then 'id' else 'passenger_id' end;
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format($p$create policy own_passenger on %I to wx_as_traveller
      using (%I = (select nullif(current_setting('wx.passenger', true), '')::uuid) and org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
      with check (%I = (select nullif(current_setting('wx.passenger', true), '')::uuid) and org_id = (select nullif(current_setting('wx.org', true), '')::uuid))$p$, t, own, own);
    execute format($p$create policy own_org on %I to wx_as_booker, wx_as_client_admin
      using (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))
      with check (org_id = (select nullif(current_setting('wx.org', true), '')::uuid))$p$, t);
    execute format('create policy desk_reads on %I for select to wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance using (true)', t);
  end loop;
end $$;

grant select (id, org_id, given_name, family_name, native_name, name_order, email, phone, nationality, birth_date_stored, sort_key,
              version, created_at, updated_at) on passenger
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;
grant select (id, passenger_id, org_id, kind, issuing_state, expires_on, number_stored, created_at) on travel_document
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;
grant select (id, passenger_id, org_id, number_stored, expiry_stored, holder_stored, created_at) on payment_card
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;
grant select (id, passenger_id, org_id, iban_stored, created_at) on bank_account
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;

-- The matrix of masks, as grants: a role without a grant cannot read a mask by any query.
grant select on document_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_service_agent, wx_as_operations, wx_as_compliance;
grant select on card_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_service_agent, wx_as_finance, wx_as_compliance;
grant select on iban_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_finance, wx_as_compliance;

-- Clients keep their own people up to date; the desk roles read.
grant insert on passenger to wx_as_booker, wx_as_client_admin;
grant update (given_name, family_name, native_name, name_order, email, phone, nationality, birth_date, sort_key, version, updated_at)
  on passenger to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant insert, delete on travel_document, payment_card, bank_account, document_mask, card_mask, iban_mask
  to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (kind, issuing_state, expires_on, number) on travel_document to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (number, expiry, holder) on payment_card to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (iban) on bank_account to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (mask) on document_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (brand, mask) on card_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin;
grant update (country, mask) on iban_mask to wx_as_traveller, wx_as_booker, wx_as_client_admin;

-- What the keeper may open, by row; it knows these columns and nothing else of the portal.
create view gate_sealed as
  select id as row_id, id as subject_id, org_id, 'birth_date' as field, 'passenger' as "table", 'birth_date' as "column", birth_date as envelope, null::date as expires_on
    from passenger
  union all
  select id, passenger_id, org_id, kind || '.number', 'travel_document', 'number', number, expires_on from travel_document
  union all
  select id, passenger_id, org_id, 'card.number', 'payment_card', 'number', number, null from payment_card
  union all
  select id, passenger_id, org_id, 'card.expiry', 'payment_card', 'expiry', expiry, null from payment_card
  union all
  select id, passenger_id, org_id, 'card.holder', 'payment_card', 'holder', holder, null from payment_card
  union all
  select id, passenger_id, org_id, 'iban', 'bank_account', 'iban', iban, null from bank_account;
-- Whose passenger is this: enough to decide who may edit.
create view gate_subject as select id as subject_id, org_id from passenger;
grant select on gate_sealed, gate_subject to wx_keeper;
