-- Witnesses of the ledger, and generations of a log that was closed. Nothing here names anybody.

-- The newest checkpoint that each witness cosigned; the keeper has checked the line before it writes it.
create table ledger_cosignature (
  witness text primary key,
  origin text not null,
  size bigint not null check (size > 0),
  note text not null,            -- the checkpoint as this log signed it
  line text not null,            -- the witness's own line
  cosigned_at timestamptz not null
);
grant select, insert, update on ledger_cosignature to wx_keeper;
grant select on ledger_cosignature to wx_web, wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator, wx_as_worker;

-- From the second generation on: what is known of the one before, which its first leaf commits to.
create table ledger_generation (
  generation smallint primary key check (generation >= 2),
  last_note text not null,
  decided_at timestamptz not null default now()
);
grant select on ledger_generation to wx_keeper, wx_web, wx_as_auditor, wx_as_worker;

-- What this database still holds of generations that were closed. Kept, read by auditors, never changed.
create table ledger_closed_leaf (generation smallint not null, like ledger_leaf, primary key (generation, index));
create table ledger_closed_member (generation smallint not null, like ledger_member, primary key (generation, index, position));
create table ledger_closed_fact (generation smallint not null, like ledger_fact, primary key (generation, index));
create table ledger_closed_head (generation smallint primary key, origin text not null, size bigint not null, note text not null);
grant select on ledger_closed_leaf, ledger_closed_member, ledger_closed_fact, ledger_closed_head to wx_keeper, wx_as_auditor;

do $$
declare t text;
begin
  foreach t in array array['ledger_generation', 'ledger_closed_leaf', 'ledger_closed_member', 'ledger_closed_fact', 'ledger_closed_head'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function ledger_refuse()', t);
    execute format('create trigger keep before truncate on %I for each statement execute function ledger_refuse()', t);
    execute format('alter table %I enable always trigger append_only', t);
    execute format('alter table %I enable always trigger keep', t);
  end loop;
end $$;

-- Close the log and let the keeper open the next generation at its next start. Only the owner may (see the runbook).
-- What waits in ledger_pending stays: the next generation takes it.
create function ledger_close(last_note text) returns smallint language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare now_closed smallint; t text;
begin
  lock table ledger_head, ledger_leaf, ledger_member, ledger_fact, ledger_tile in access exclusive mode;
  select coalesce(max(generation), 1) into now_closed from ledger_generation;
  insert into ledger_closed_leaf select now_closed, l.* from ledger_leaf l;
  insert into ledger_closed_member select now_closed, m.* from ledger_member m;
  insert into ledger_closed_fact select now_closed, f.* from ledger_fact f;
  insert into ledger_closed_head select now_closed, origin, size, note from ledger_head;
  foreach t in array array['ledger_leaf', 'ledger_member', 'ledger_fact', 'ledger_tile', 'ledger_head'] loop
    execute format('alter table %I disable trigger user', t);
    execute format('truncate %I', t);
    execute format('alter table %I enable trigger user', t);
  end loop;
  foreach t in array array['ledger_leaf', 'ledger_member', 'ledger_fact'] loop
    execute format('alter table %I enable always trigger append_only', t);
    execute format('alter table %I enable always trigger keep', t);
  end loop;
  foreach t in array array['ledger_tile', 'ledger_head'] loop
    execute format('alter table %I enable always trigger keep_rows', t);
    execute format('alter table %I enable always trigger keep', t);
    execute format('alter table %I enable always trigger grows', t);
  end loop;
  truncate ledger_cosignature;
  insert into ledger_generation (generation, last_note) values (now_closed + 1, last_note);
  return now_closed + 1;
end $$;
revoke execute on function ledger_close(text) from public;
