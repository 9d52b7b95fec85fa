-- Findings of auditors: what compliance answers, what was done about it, and who signs it off. People's words stay here;
-- the ledger holds a commitment to each.
create table finding (
  id uuid primary key,
  title text not null,
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  entries bigint[] not null check (cardinality(entries) between 1 and 100),
  due_on date not null,
  state text not null check (state in ('open', 'answered', 'remediated', 'closed', 'signed_off')),
  language text not null,
  author_id uuid not null,
  author_name text not null,
  closer_id uuid,
  opened_at timestamptz not null,
  moved_at timestamptz not null,
  version integer not null default 1,
  check (state <> 'signed_off' or closer_id is not null)
);
create index finding_state on finding (state, due_on);
create index finding_author on finding (author_id);

create table finding_step (
  id uuid primary key,
  finding_id uuid not null references finding (id),
  kind text not null check (kind in ('open', 'answer', 'remediate', 'return', 'close', 'sign_off')),
  by_account uuid not null,
  by_name text not null,
  by_role text not null,
  words text not null,
  language text not null,
  salt text not null check (salt ~ '^[0-9a-f]{64}$'),
  commitment text not null,             -- as the entry has it: whoever has the words can show that they are these
  at timestamptz not null
);
create index finding_step_finding on finding_step (finding_id, at);

-- A note of an auditor on one or more entries: working papers, which compliance does not read.
create table ledger_note (
  id uuid primary key,
  author_id uuid not null,
  author_name text not null,
  entries bigint[] not null check (cardinality(entries) between 1 and 100),
  words text not null,
  language text not null,
  salt text not null check (salt ~ '^[0-9a-f]{64}$'),
  commitment text not null,
  at timestamptz not null
);
create index ledger_note_entries on ledger_note using gin (entries);
create index ledger_note_at on ledger_note (at);

do $$
declare t text;
begin
  foreach t in array array['finding', 'finding_step', 'ledger_note'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy owner_all on %I to wx_owner using (true) with check (true)', t);
    execute format('create policy auditors on %I to wx_as_auditor using (true) with check (true)', t);
  end loop;
end $$;
create policy compliance on finding to wx_as_compliance using (true) with check (true);
create policy compliance on finding_step to wx_as_compliance using (true) with check (kind in ('answer', 'remediate'));
create policy own_rows on finding to wx_as_external_auditor
  using (author_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (author_id = (select nullif(current_setting('wx.account', true), '')::uuid));
create policy own_rows on finding_step to wx_as_external_auditor using (exists (select from finding f where f.id = finding_id))
  with check (exists (select from finding f where f.id = finding_id));
create policy own_rows on ledger_note to wx_as_external_auditor
  using (author_id = (select nullif(current_setting('wx.account', true), '')::uuid))
  with check (author_id = (select nullif(current_setting('wx.account', true), '')::uuid));

grant select, insert on finding, finding_step, ledger_note to wx_as_auditor, wx_as_external_auditor;
grant select on finding to wx_as_compliance;
grant select, insert on finding_step to wx_as_compliance;
grant update (state, closer_id, moved_at, version) on finding to wx_as_auditor, wx_as_external_auditor, wx_as_compliance;

-- The entries that a finding is about, for compliance, which answers it and reads nothing else of the ledger.
create function finding_entries(wanted uuid) returns table (index bigint, leaf text)
language sql stable security definer set search_path = pg_catalog, public, gate, pg_temp as $$
  select l.index, l.leaf from finding f join ledger_leaf l on l.index = any (f.entries)
  where f.id = $1 and exists (select from gate.account me where me.role = 'compliance' and me.disabled_at is null
    and me.id = (select nullif(current_setting('wx.account', true), '')::uuid))
  order by l.index
$$;
revoke all on function finding_entries(uuid) from public;
grant execute on function finding_entries(uuid) to wx_as_compliance;
