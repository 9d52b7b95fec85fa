-- The access matrix in force: its versions, what was proposed, and who decided. The keeper's to write; people read what is theirs.
create table gate.matrix_version (
  number bigint primary key check (number > 0),
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  text text not null,                   -- the whole matrix, canonical; its SHA-256 is the digest
  edits text not null,                  -- what people changed of the file's matrix, all in all
  base text not null,                   -- the digest of the file's matrix it stands on
  differences text not null,            -- from the version before, as codes
  proposal_id uuid,                     -- null: the file came or changed
  entry bigint not null,                -- the ledger's entry that says so
  at timestamptz not null,
  mac bytea not null check (length(mac) = 32)
);
create table gate.matrix_head (
  singleton boolean primary key default true check (singleton),
  number bigint not null references gate.matrix_version (number),
  digest text not null
);
create table gate.matrix_proposal (
  id uuid primary key,
  group_code text not null,
  role text not null,
  was text not null,                    -- the rule of the cell when this was proposed
  rule text not null,                   -- the rule that it shall have
  reason text not null check (length(reason) between 1 and 500),
  proposer_id uuid not null references gate.account (id),
  proposer_role text not null,
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null check (state in ('waiting', 'applied', 'rejected', 'withdrawn', 'expired')),
  decider_id uuid references gate.account (id),
  decider_role text,
  decided_at timestamptz,
  check ((state = 'waiting') = (decided_at is null)),
  check ((state in ('applied', 'rejected', 'withdrawn')) = (decider_id is not null)),
  check (state <> 'applied' or decider_id <> proposer_id)
);
create index matrix_proposal_waiting on gate.matrix_proposal (expires_at) where state = 'waiting';

grant select, insert on gate.matrix_version to wx_keeper;
grant select, insert, update on gate.matrix_head, gate.matrix_proposal to wx_keeper;

-- Everybody may read which matrix binds him.
grant select on gate.matrix_head to wx_web, wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent,
  wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;
grant select (number, digest, text, at) on gate.matrix_version to wx_web, wx_as_traveller, wx_as_booker, wx_as_client_admin,
  wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance, wx_as_auditor, wx_as_administrator;

-- How it came to be, and what waits for a second person: for those who answer for it.
create view gate.matrix_history with (security_barrier) as
  select v.number, v.digest, v.differences, v.entry, v.at, v.proposal_id, p.reason,
         a.name as proposer_name, p.proposer_role, b.name as decider_name, p.decider_role
  from gate.matrix_version v left join gate.matrix_proposal p on p.id = v.proposal_id
  left join public.member a on a.id = p.proposer_id left join public.member b on b.id = p.decider_id;
create view gate.matrix_proposals with (security_barrier) as
  select p.id, p.group_code, p.role, p.was, p.rule, p.reason, p.proposer_id, a.name as proposer_name, p.proposer_role, p.proposed_at,
         p.expires_at, p.state, b.name as decider_name, p.decider_role, p.decided_at
  from gate.matrix_proposal p left join public.member a on a.id = p.proposer_id left join public.member b on b.id = p.decider_id;
grant select on gate.matrix_history, gate.matrix_proposals to wx_as_compliance, wx_as_auditor, wx_as_administrator;

-- Masks follow the matrix also in the database: the keeper may open and close these three tables to a role, and nothing else.
create function gate.show_masks(masks text, role text, may boolean) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if masks not in ('document_mask', 'card_mask', 'iban_mask') or role not in ('traveller', 'booker', 'client_admin', 'sales',
     'service_agent', 'operations', 'finance', 'compliance') then
    raise exception 'no such masks or role' using errcode = 'WX004';
  end if;
  if has_table_privilege('wx_as_' || role, 'public.' || masks, 'select') = may then
    return false;
  end if;
  if may then
    execute format('grant select on public.%I to %I', masks, 'wx_as_' || role);
  else
    execute format('revoke select on public.%I from %I', masks, 'wx_as_' || role);
  end if;
  return true;
end $$;
revoke all on function gate.show_masks(text, text, boolean) from public;
grant execute on function gate.show_masks(text, text, boolean) to wx_keeper;
