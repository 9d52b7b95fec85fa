-- Epochs of the key-encryption keys, jobs on keys, and what shredding and re-sealing need of the tables there are.
create table kek_epoch (
  kek_id uuid primary key,
  epoch integer not null,
  made_at timestamptz not null,
  retired_at timestamptz,               -- when a newer one took its place
  emptied_at timestamptz,               -- when no data key was wrapped by it any more
  closed_at timestamptz,                -- from now on nothing may be wrapped by it: it is about to be destroyed
  destroyed_at timestamptz
);

-- Long work on keys: goes on after a crash from where it was. Also what waits for a second person.
create table key_job (
  id uuid primary key,
  kind text not null check (kind in ('rewrap', 'reseal', 'shred', 'enclose', 'release')),
  state text not null check (state in ('asked', 'waiting', 'running', 'done', 'failed', 'withdrawn')),
  subject_id uuid,
  org_id uuid,
  request uuid not null,
  asked_by text not null,               -- a person's code in the ledger, or "keeper"
  asked_role text not null,
  approved_by text,
  approved_role text,
  asked_at timestamptz not null,
  expires_at timestamptz,               -- until when it waits for a second person
  started_at timestamptz,
  ended_at timestamptz,
  cursor uuid,                          -- the last row that is done
  done integer not null default 0,
  total integer not null default 0,
  failed integer not null default 0,
  failure text,
  certificate text,
  check ((kind in ('reseal', 'shred')) = (subject_id is not null)),
  check ((kind in ('enclose', 'release')) = (org_id is not null)),
  check (approved_by is distinct from asked_by)
);
create unique index key_job_open_rewrap on key_job (kind) where kind = 'rewrap' and state in ('waiting', 'running');
create unique index key_job_open_subject on key_job (subject_id) where state in ('asked', 'waiting', 'running');
create index key_job_state on key_job (state, asked_at);
create index key_job_asked on key_job (asked_at);

-- A subject that was shredded gets no key again.
alter table subject add column shredded_at timestamptz;

-- While a subject is sealed anew it has two keys of a class: the one in use, and the one before, which opens what is not done yet.
alter table subject_key add column retired_at timestamptz;
alter table subject_key drop constraint subject_key_subject_id_class_key;
create unique index subject_key_current on subject_key (subject_id, class) where retired_at is null;
drop index subject_key_kek;
create index subject_key_kek on subject_key (kek_id, id);

-- An organisation's own key in its own key service: what lies here is wrapped by it, and opens only while it agrees.
create table org_key (
  id uuid primary key,
  org_id uuid not null,
  address text not null,                -- an ARN
  wrapped bytea not null,
  set_at timestamptz not null,
  removed_at timestamptz
);
create unique index org_key_current on org_key (org_id) where removed_at is null;
create index subject_org on subject (org_id);

-- No data key is ever wrapped by a KEK that is about to be destroyed, whoever tries and however late.
create function subject_key_living() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare closed timestamptz;
begin
  select e.closed_at into closed from public.kek_epoch e where e.kek_id = new.kek_id for share;
  if closed is not null then
    raise exception 'keys: this epoch is closed' using errcode = 'WX003';
  end if;
  return new;
end $$;
create trigger living before insert or update of kek_id on subject_key for each row execute function subject_key_living();

grant select, insert, update on kek_epoch, key_job, org_key to wx_keeper;
