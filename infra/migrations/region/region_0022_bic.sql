-- The BIC of a bank account: it says at which bank somebody is, and is sealed like the IBAN. It has no mask.
alter table bank_account add column bic bytea;
alter table bank_account add column bic_stored boolean generated always as (bic is not null) stored;
grant select (bic_stored) on bank_account
  to wx_as_traveller, wx_as_booker, wx_as_client_admin, wx_as_sales, wx_as_service_agent, wx_as_operations, wx_as_finance, wx_as_compliance;
grant update (bic) on bank_account to wx_as_traveller, wx_as_booker, wx_as_client_admin;

create or replace view gate_sealed as
  select id as row_id, id as subject_id, org_id, 'birth_date' as field, 'passenger' as "table", 'birth_date' as "column", birth_date as envelope, null::date as expires_on
    from passenger
  union all
  select id, passenger_id, org_id, kind || '.number', 'travel_document', 'number', number, expires_on from travel_document
  union all
  select id, passenger_id, org_id, 'card.number', 'payment_card', 'number', number, null from payment_card
  union all
  select id, passenger_id, org_id, 'card.expiry', 'payment_card', 'expiry', expiry, null from payment_card
  union all
  select id, passenger_id, org_id, 'card.holder', 'payment_card', 'holder', holder, null from payment_card
  union all
  select id, passenger_id, org_id, 'iban', 'bank_account', 'iban', iban, null from bank_account
  union all
  select id, passenger_id, org_id, 'bic', 'bank_account', 'bic', bic, null from bank_account;
