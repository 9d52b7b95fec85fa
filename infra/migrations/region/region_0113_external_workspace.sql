-- What the auditor's workspace needs of an auditor from outside: own searches (none that colleagues share), the clocks by
-- which staff live, and handovers of the log's key, which name nobody.
create policy external_rows on ledger_search to wx_as_external_auditor
  using (account_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (account_id = (select nullif(current_setting('wx.account', true), '')::uuid) and not shared);
grant select, insert, delete, update (name, version, changed_at) on ledger_search to wx_as_external_auditor;
grant execute on function staff_clocks() to wx_as_external_auditor;
grant select on ledger_handover to wx_as_external_auditor;

-- The log's public key that signs now: the last handover says it, else the first entry.
create or replace function ledger_vkey() returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce((select h.document::jsonb ->> 'new' from ledger_handover h join ledger_head l on l.origin = h.origin
                   order by h.index desc limit 1),
                  (select document::jsonb ->> 'vkey' from ledger_fact where index = 0), '')
$$;
