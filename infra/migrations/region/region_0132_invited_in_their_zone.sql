-- The mail that invites tells the end by the clock of whoever is invited.
create or replace view gate.invitation_mail as
  select x.account_id, m.email, m.locale, x.firm, x.ends_at, m.time_zone
  from gate.external_auditor x join public.member m on m.id = x.account_id
  where x.accepted_at is null and x.revoked_at is null;
