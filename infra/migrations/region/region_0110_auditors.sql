-- External auditors: an account of the role auditor that compliance lets in, for a time and to a part of the ledger.
-- Their database role is one of its own. It holds what is granted below and nothing that later rooms grant to auditors.
create table gate.external_auditor (
  account_id uuid primary key references gate.account (id),
  firm text not null,
  invited_by uuid not null references gate.account (id),
  invited_at timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  rooms text[] check (cardinality(rooms) > 0),    -- the first part of a kind of entry; null: all
  fields text[] check (cardinality(fields) > 0),  -- classes of fields; null: all, and entries without a field
  since timestamptz,                              -- of which time entries may be seen
  until timestamptz,
  token_hash bytea unique check (length(token_hash) = 32),
  token_until timestamptz,
  accepted_at timestamptz,
  revoked_at timestamptz
);
grant select, insert, update on gate.external_auditor to wx_keeper;

-- The person behind such an account; the keeper may add that row and read none.
create function gate.add_external_member(account uuid, name text, locale text, time_zone text) returns void
language plpgsql security definer set search_path = pg_catalog, public, gate, pg_temp as $$
begin
  insert into public.member (id, name, email, locale, time_zone)
    select a.id, $2, a.email, $3, $4 from gate.account a join gate.external_auditor x on x.account_id = a.id where a.id = $1;
  if not found then
    raise exception 'no such external auditor' using errcode = 'WX005';
  end if;
end $$;
revoke all on function gate.add_external_member(uuid, text, text, text) from public;
grant execute on function gate.add_external_member(uuid, text, text, text) to wx_keeper;

-- A session says whether it is such a person's; it ends with the time given.
drop function gate.session_of(bytea, timestamptz);
create function gate.session_of(token_hash bytea, at timestamptz)
returns table (session_id uuid, account_id uuid, role text, org_id uuid, passenger_id uuid, code text, expires_at timestamptz,
               step_up_until timestamptz, name text, email text, locale text, time_zone text, theme text, version integer,
               external boolean)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp rows 1 as $$
  select s.id, a.id, a.role, a.org_id, a.passenger_id, a.code, s.expires_at,
         (select max(u.expires_at) from gate.step_up u where u.session_id = s.id and u.expires_at > $2 and u.uses < u.max_uses),
         m.name, m.email, m.locale, m.time_zone, m.theme, m.version, x.account_id is not null
  from gate.session s join gate.account a on a.id = s.account_id join public.member m on m.id = a.id
  left join gate.external_auditor x on x.account_id = a.id
  where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and a.disabled_at is null
    and (x.account_id is null or (x.revoked_at is null and x.starts_at <= $2 and x.ends_at > $2))
$$;
revoke all on function gate.session_of(bytea, timestamptz) from public;
grant execute on function gate.session_of(bytea, timestamptz) to wx_web, wx_keeper;

-- What the person who acts may see of the ledger. No row: nothing.
create function ledger_scope() returns table (rooms text[], fields text[], since timestamptz, until timestamptz)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp rows 1 as $$
  select x.rooms, x.fields, coalesce(x.since, '-infinity'), coalesce(x.until, 'infinity')
  from gate.external_auditor x join gate.account a on a.id = x.account_id
  where x.account_id = nullif(current_setting('wx.account', true), '')::uuid and x.revoked_at is null and a.disabled_at is null
$$;
revoke all on function ledger_scope() from public;

-- What the worker makes for somebody is read with that person's eyes: it names him, or it sees all for the house's own work.
create function ledger_reader() returns text
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select case when x.account_id is not null then 'external' when a.role in ('auditor', 'compliance') then 'whole' else 'none' end
  from (select nullif(current_setting('wx.account', true), '')::uuid as id) me
  left join gate.account a on a.id = me.id and a.disabled_at is null left join gate.external_auditor x on x.account_id = me.id
$$;
revoke all on function ledger_reader() from public;
grant execute on function ledger_scope(), ledger_reader() to wx_as_external_auditor, wx_as_worker;

-- The one place where a scope is enforced: the rows themselves. Everybody else's policies are constant, and cost nothing.
do $$
declare t text;
  seen constant text := 'ts >= (select since from ledger_scope()) and ts < (select until from ledger_scope())
    and ((select rooms from ledger_scope()) is null or split_part(act, '':'', 1) = any ((select rooms from ledger_scope())::text[]))
    and ((select fields from ledger_scope()) is null or split_part(res, ''.'', 1) = any ((select fields from ledger_scope())::text[]))';
  unnamed constant text := '(select nullif(current_setting(''wx.account'', true), '''')) is null';
begin
  execute format('create policy external_scope on ledger_leaf for select to wx_as_external_auditor using (%s)', seen);
  execute format('create policy worker_reads on ledger_leaf for select to wx_as_worker using'
    ' (%s or (select ledger_reader()) = ''whole'' or ((select ledger_reader()) = ''external'' and %s))', unnamed, seen);
  foreach t in array array['ledger_member', 'ledger_fact'] loop
    execute format('create policy external_scope on %I for select to wx_as_external_auditor'
      ' using (exists (select from ledger_leaf l where l.index = %I.index))', t, t);
    execute format('create policy worker_reads on %I for select to wx_as_worker using (%s or (select ledger_reader()) = ''whole'''
      ' or exists (select from ledger_leaf l where l.index = %I.index))', t, unnamed, t);
  end loop;
  foreach t in array array['ledger_leaf', 'ledger_member', 'ledger_fact'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy keeper_all on %I to wx_keeper using (true) with check (true)', t);
    execute format('create policy auditor_reads on %I for select to wx_as_auditor using (true)', t);
  end loop;
  foreach t in array array['idempotency', 'recent_view'] loop
    execute format($p$create policy external_rows on %I to wx_as_external_auditor
      using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
      with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))$p$, t);
  end loop;
end $$;
create policy external_row on member to wx_as_external_auditor
  using (id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (id = (select nullif(current_setting('wx.account', true), '')::uuid));

-- The page of bundles is there and empty: a bundle holds the whole ledger, so none can be asked for.
create policy external_rows on ledger_export for select to wx_as_external_auditor
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid));
grant select on ledger_export to wx_as_external_auditor;

grant usage on schema gate to wx_as_external_auditor;
grant select, update (locale, time_zone, theme, mails, version) on member to wx_as_external_auditor;
grant select on gate.session_list, gate.matrix_head, gate.matrix_history, gate.matrix_proposals to wx_as_external_auditor;
grant select (number, digest, text, at) on gate.matrix_version to wx_as_external_auditor;
grant select, insert, update on idempotency, recent_view to wx_as_external_auditor;
grant insert on ledger_pending to wx_as_external_auditor;
grant select on ledger_leaf, ledger_member, ledger_fact, ledger_tile, ledger_head, ledger_cosignature, ledger_generation
  to wx_as_external_auditor;

-- Who was let in: for compliance all, for such a person the own line. No token stands here.
create view gate.external_auditor_list with (security_barrier) as
  select x.account_id, a.code, m.name, m.email, x.firm, x.invited_at, i.name as inviter, x.starts_at, x.ends_at, x.rooms, x.fields,
         x.since, x.until, x.accepted_at, x.revoked_at, m.locale, m.time_zone
  from gate.external_auditor x join gate.account a on a.id = x.account_id join public.member m on m.id = x.account_id
  join public.member i on i.id = x.invited_by
  where current_user::text = 'wx_as_compliance' or x.account_id = (select nullif(current_setting('wx.account', true), '')::uuid);
grant select on gate.external_auditor_list to wx_as_compliance, wx_as_external_auditor;

-- What such a person did and looked at, from the ledger: for compliance, and for that person.
create function external_accesses(account uuid, before bigint, most integer)
returns table (index bigint, ts timestamptz, act text, decision text, reference text, document text)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select l.index, l.ts, l.act, l.dec, l.reference, f.document
  from gate.external_auditor x join gate.account a on a.id = x.account_id join ledger_leaf l on l.who = a.code
  left join ledger_fact f on f.index = l.index
  where x.account_id = $1 and l.index < $2
    and (x.account_id = (select nullif(current_setting('wx.account', true), '')::uuid)
         or exists (select from gate.account me where me.id = (select nullif(current_setting('wx.account', true), '')::uuid)
                    and me.role = 'compliance' and me.disabled_at is null))
  order by l.index desc limit $3
$$;
revoke all on function external_accesses(uuid, bigint, integer) from public;
grant execute on function external_accesses(uuid, bigint, integer) to wx_as_compliance, wx_as_external_auditor;

-- The mail that invites: to whom, in which language, until when.
create view gate.invitation_mail as
  select x.account_id, m.email, m.locale, x.firm, x.ends_at from gate.external_auditor x join public.member m on m.id = x.account_id
  where x.accepted_at is null and x.revoked_at is null;
grant select on gate.invitation_mail to wx_as_worker;
create policy compliance_promises on outbox for insert to wx_as_compliance with check (topic = 'auditor-invitation');
grant insert on outbox to wx_as_compliance;
