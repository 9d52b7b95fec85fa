-- Roles of a cell (architecture.md, "Database roles"). Safe to run again: it makes what is missing and sets what is.
-- Login roles are NOINHERIT and own nothing; a unit of work takes wx_as_<role>; wx_owner owns and migrates, without login.
do $$
declare r text;
begin
  foreach r in array array['wx_owner', 'wx_as_traveller', 'wx_as_booker', 'wx_as_client_admin', 'wx_as_sales',
    'wx_as_service_agent', 'wx_as_operations', 'wx_as_finance', 'wx_as_compliance', 'wx_as_auditor',
    'wx_as_external_auditor', 'wx_as_administrator', 'wx_as_worker'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I nologin noinherit', r);
    end if;
  end loop;
  foreach r in array array['wx_web', 'wx_worker', 'wx_keeper', 'wx_backup'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I login noinherit', r);
    end if;
  end loop;
end $$;
grant wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance,
  wx_as_compliance, wx_as_auditor, wx_as_external_auditor, wx_as_administrator to wx_web with inherit false, set true;
grant wx_as_worker to wx_worker with inherit false, set true;
-- Backups read every row of both databases and change none: row-level security does not hide anything from them.
alter role wx_backup bypassrls;
grant pg_read_all_data to wx_backup with inherit true, set false;
alter role wx_backup set default_transaction_read_only = on;
alter role wx_web set statement_timeout = '15s';
alter role wx_web set idle_in_transaction_session_timeout = '30s';
