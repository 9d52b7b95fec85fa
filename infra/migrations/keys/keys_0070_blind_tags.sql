-- Tags of the blind indexes: which rows may hold a value that somebody searches for. Only the keeper comes here, so web
-- can neither read a tag nor ask for one. A tag is shared by several rows on purpose: nothing here may be unique by it.
create table blind_tag (
  row_id uuid not null,
  subject_id uuid not null references subject (id) on delete cascade,
  class text not null,
  name text not null,                   -- of the index
  version smallint not null,            -- of its normaliser
  bits smallint not null,
  tag bytea not null,
  primary key (row_id, name, version, bits, tag)
);
create index blind_tag_lookup on blind_tag (tag, name, version, bits);
create index blind_tag_subject on blind_tag (subject_id, class);
-- How each index was made last: another version or length means that every row must be tagged anew.
create table blind_index_made (
  name text primary key,
  version smallint not null,
  bits smallint not null
);
grant select, insert, update, delete on blind_tag, blind_index_made to wx_keeper;

-- Who loses the data key loses the tags: erasing a subject leaves nothing that a search could find. Looked at when the
-- transaction ends, so that one key may take another's place.
create function forget_tags() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.blind_tag t where t.subject_id = old.subject_id and t.class = old.class
    and not exists (select from public.subject_key k where k.subject_id = old.subject_id and k.class = old.class);
  return null;
end $$;
create constraint trigger subject_key_forgets_tags after delete on subject_key
  deferrable initially deferred for each row execute function forget_tags();
