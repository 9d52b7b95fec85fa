-- Handovers of the log's signing key: the checkpoint under the old key that covers the entry which announces the new
-- one. An export holds them, so that whoever trusts the first key can follow. Nothing here names anybody.
create table ledger_handover (
  origin text not null,
  index bigint not null,
  size bigint not null check (size > index),
  note text not null,
  document text not null,
  primary key (origin, index)
);
grant select, insert on ledger_handover to wx_keeper;
grant select on ledger_handover to wx_as_auditor, wx_as_compliance, wx_as_worker;
create trigger append_only before update or delete on ledger_handover for each row execute function ledger_refuse();
create trigger keep before truncate on ledger_handover for each statement execute function ledger_refuse();
alter table ledger_handover enable always trigger append_only;
alter table ledger_handover enable always trigger keep;
