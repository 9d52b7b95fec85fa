-- Roles of the front door's database. Safe to run again. wx_owner owns and migrates, without login; the process logs
-- in as wx_front, which owns nothing and may do what each table grants it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'wx_owner') then create role wx_owner nologin noinherit; end if;
  if not exists (select from pg_roles where rolname = 'wx_front') then create role wx_front login noinherit; end if;
end $$;
alter role wx_front set statement_timeout = '5s';
alter role wx_front set idle_in_transaction_session_timeout = '10s';
