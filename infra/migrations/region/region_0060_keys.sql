-- What the keeper may do to sealed values where they lie: put the same value there under another key, and take all away.
-- By functions only: it still cannot write into a person's row what it likes, nor read more than the envelopes.

-- Put an envelope in another's place, unless somebody has written there meanwhile: then his stays.
create function gate_reseal(at_table text, at_column text, at_row uuid, old bytea, new bytea) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare found_rows integer;
begin
  if not exists (select from public.gate_sealed g where g.row_id = at_row and g."table" = at_table and g."column" = at_column) then
    return false;
  end if;
  execute format('update public.%I set %I = $1 where id = $2 and %I = $3', at_table, at_column, at_column) using new, at_row, old;
  get diagnostics found_rows = row_count;
  return found_rows = 1;
end $$;

-- Blank everything sealed of a subject: values, masks, and rows that are nothing without their value. Says how many of each.
-- It goes by `gate_sealed` and by the names of mask tables, so what is added there later is erased as well.
create function gate_erase(gone uuid) returns table (field text, erased bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare place record; count_rows bigint; owner_column text;
begin
  for place in
    select g."table" as t, g."column" as c, a.attnotnull as is_needed, min(g.field) as f, array_agg(g.row_id) as ids
    from public.gate_sealed g
    join pg_attribute a on a.attrelid = format('public.%I', g."table")::regclass and a.attname = g."column"
    where g.subject_id = gone and g.envelope is not null
    group by 1, 2, 3 order by 1, 2
  loop
    if place.is_needed then
      execute format('delete from public.%I where id = any ($1)', place.t) using place.ids;
    else
      execute format('update public.%I set %I = null where id = any ($1) and %I is not null', place.t, place.c, place.c) using place.ids;
    end if;
    get diagnostics count_rows = row_count;
    field := place.t || '.' || place.c; erased := count_rows; return next;
  end loop;
  for place in
    select c.relname as t from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'passenger_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname like '%\_mask' order by 1
  loop
    execute format('delete from public.%I where passenger_id = $1', place.t) using gone;
    get diagnostics count_rows = row_count;
    field := place.t; erased := count_rows; return next;
  end loop;
  -- Files that hold a value of the subject: nobody fetches them any more, and the worker takes their bytes away.
  update public.bulk_export b set state = 'revoked', ended_at = now(), ended_by = 'shredded'
  where b.state in ('building', 'ready')
    and exists (select from gate.approval_item i where i.request_id = b.id and i.subject_id = gone);
  get diagnostics count_rows = row_count;
  field := 'bulk_export'; erased := count_rows; return next;
end $$;

revoke all on function gate_reseal(text, text, uuid, bytea, bytea), gate_erase(uuid) from public;
grant execute on function gate_reseal(text, text, uuid, bytea, bytea), gate_erase(uuid) to wx_keeper;
