-- Whoever was shut out may be invited again, under a name and in a language that may have changed.
drop function gate.add_external_member(uuid, text, text, text);
create function gate.put_external_member(account uuid, name text, locale text, time_zone text) returns void
language plpgsql security definer set search_path = pg_catalog, public, gate, pg_temp as $$
begin
  insert into public.member (id, name, email, locale, time_zone)
    select a.id, $2, a.email, $3, $4 from gate.account a join gate.external_auditor x on x.account_id = a.id where a.id = $1
    on conflict (id) do update
      set name = excluded.name, locale = excluded.locale, time_zone = excluded.time_zone, version = member.version + 1;
  if not found then
    raise exception 'no such external auditor' using errcode = 'WX005';
  end if;
end $$;
revoke all on function gate.put_external_member(uuid, text, text, text) from public;
grant execute on function gate.put_external_member(uuid, text, text, text) to wx_keeper;
