-- The key store: wrapped data keys by subject. KEKs lie with the custodian, never here.
create table subject (
  id uuid primary key,
  org_id uuid,
  created_at timestamptz not null default now()
);
create table subject_key (
  id uuid primary key,                  -- the DEK's id, which every envelope carries
  subject_id uuid not null references subject (id),
  class text not null check (class in ('document', 'payment', 'integration')),
  kek_id uuid not null,
  dek bytea not null,
  created_at timestamptz not null default now(),
  unique (subject_id, class)
);
create index subject_key_kek on subject_key (kek_id);
-- A row belongs to one subject for ever: sealing into another's row is refused here.
create table sealed_row (
  id uuid primary key,
  subject_id uuid not null references subject (id)
);
create index sealed_row_subject on sealed_row (subject_id);
grant select, insert, update, delete on subject, subject_key, sealed_row to wx_keeper;
