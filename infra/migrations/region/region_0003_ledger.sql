-- The ledger: what waits (facts), what is sequenced (leaves, tiles, head). Only the keeper sequences; nobody changes a leaf.
create table ledger_kind (
  kind text primary key,
  origins text[] not null
);

create sequence ledger_pending_id;
create table ledger_pending (
  id bigint primary key,
  at timestamptz not null,
  origin text not null,
  kind text not null,
  decision text not null check (decision in ('allow', 'deny')),
  who text not null,
  role text not null,
  request uuid not null,
  subject uuid,
  members uuid[],
  field text,
  tier text check (tier in ('hidden', 'masked', 'clear')),
  purpose text,
  reason_commitment text,
  reference text,
  dek uuid,
  via text,
  document text            -- a JCS document; the leaf holds its hash, the text is kept and exported beside
);

create function ledger_stamp() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.id := nextval('ledger_pending_id');
  new.at := clock_timestamp();
  new.origin := session_user;
  if not exists (select 1 from ledger_kind k where k.kind = new.kind and new.origin = any (k.origins)) then
    raise exception 'ledger: % may not write this kind', new.origin using errcode = 'WX001', detail = new.kind;
  end if;
  return new;
end $$;
create trigger stamp before insert on ledger_pending for each row execute function ledger_stamp();
alter table ledger_pending enable always trigger stamp;

create table ledger_leaf (
  index bigint primary key,
  leaf text not null,
  hash bytea not null check (length(hash) = 32),
  ts timestamptz not null,
  act text not null,
  dec text not null,
  who text not null,
  role text not null,
  sub text,
  res text,
  tier text,
  why text,
  reference text
);
create index ledger_leaf_ts on ledger_leaf (ts);
create index ledger_leaf_who on ledger_leaf (who, index);
create index ledger_leaf_act on ledger_leaf (act, index);
create index ledger_leaf_role on ledger_leaf (role, index);
create index ledger_leaf_sub on ledger_leaf (sub, index) where sub is not null;

-- Who was on a list that one leaf records: the leaf holds the root over these.
create table ledger_member (
  index bigint not null,
  position smallint not null,
  sub text not null,
  nonce bytea not null check (length(nonce) = 16),
  primary key (index, position)
);
create index ledger_member_sub on ledger_member (sub, index);

create table ledger_fact (
  index bigint primary key,
  document text not null
);

create table ledger_tile (
  level smallint not null,
  index bigint not null,
  data bytea not null check (length(data) % 32 = 0 and length(data) between 32 and 8192),
  primary key (level, index)
);

create table ledger_head (
  singleton boolean primary key default true check (singleton),
  origin text not null,
  size bigint not null,
  root bytea not null check (length(root) = 32),
  note text not null,
  signed_at timestamptz not null
);

create function ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'ledger: % is append-only', tg_table_name using errcode = 'WX002';
end $$;
create function ledger_tile_grows() returns trigger language plpgsql as $$
begin
  if new.level <> old.level or new.index <> old.index or length(new.data) <= length(old.data)
     or substring(new.data for length(old.data)) <> old.data then
    raise exception 'ledger: a tile only grows' using errcode = 'WX002';
  end if;
  return new;
end $$;
create function ledger_head_grows() returns trigger language plpgsql as $$
begin
  if new.size <= old.size or new.origin <> old.origin then
    raise exception 'ledger: the head only grows' using errcode = 'WX002';
  end if;
  return new;
end $$;

do $$
declare t text;
begin
  foreach t in array array['ledger_leaf', 'ledger_member', 'ledger_fact'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function ledger_refuse()', t);
    execute format('create trigger keep before truncate on %I for each statement execute function ledger_refuse()', t);
    execute format('alter table %I enable always trigger append_only', t);
    execute format('alter table %I enable always trigger keep', t);
  end loop;
  foreach t in array array['ledger_tile', 'ledger_head'] loop
    execute format('create trigger keep_rows before delete on %I for each row execute function ledger_refuse()', t);
    execute format('create trigger keep before truncate on %I for each statement execute function ledger_refuse()', t);
    execute format('alter table %I enable always trigger keep_rows', t);
    execute format('alter table %I enable always trigger keep', t);
  end loop;
end $$;
create trigger grows before update on ledger_tile for each row execute function ledger_tile_grows();
alter table ledger_tile enable always trigger grows;
create trigger grows before update on ledger_head for each row execute function ledger_head_grows();
alter table ledger_head enable always trigger grows;

-- Every role of a unit of work may add facts, none may read what waits.
grant insert on ledger_pending to wx_web, wx_worker, wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales,
  wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator, wx_as_worker;
grant select, insert, delete on ledger_pending to wx_keeper;
grant select, insert on ledger_leaf, ledger_member, ledger_fact to wx_keeper;
grant select, insert, update on ledger_tile, ledger_head to wx_keeper;
grant select on ledger_kind to wx_keeper, wx_web, wx_worker;
grant select on ledger_head, ledger_tile to wx_web;
grant select on ledger_leaf, ledger_member, ledger_fact, ledger_tile, ledger_head to wx_as_auditor, wx_as_worker;
