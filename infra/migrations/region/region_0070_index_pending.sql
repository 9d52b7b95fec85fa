-- Rows whose tag in the keeper's blind indexes must be made anew: their number or issuing state changed, or they are gone.
-- Written by triggers, read by the keeper; ids of rows and nothing else. A row may stand here twice.
create table index_pending (
  id bigint generated always as identity primary key,
  row_id uuid not null
);
create function note_index() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.index_pending (row_id) values (old.id);
  return null;
end $$;
revoke all on function note_index() from public;
create trigger travel_document_indexed after update on travel_document for each row
  when (old.number is distinct from new.number or old.issuing_state is distinct from new.issuing_state) execute function note_index();
create trigger payment_card_indexed after update on payment_card for each row
  when (old.number is distinct from new.number) execute function note_index();
create trigger bank_account_indexed after update on bank_account for each row
  when (old.iban is distinct from new.iban) execute function note_index();
create trigger travel_document_unindexed after delete on travel_document for each row execute function note_index();
create trigger payment_card_unindexed after delete on payment_card for each row execute function note_index();
create trigger bank_account_unindexed after delete on bank_account for each row execute function note_index();
grant select, insert, delete on index_pending to wx_keeper;

-- What may be searched, by row: what `gate_sealed` shows of these columns, and the issuing state that belongs to a number.
create view gate_indexed as
  select id as row_id, passenger_id as subject_id, kind || '.number' as field, number as envelope, issuing_state
    from travel_document where number is not null
  union all
  select id, passenger_id, 'card.number', number, '' from payment_card where number is not null
  union all
  select id, passenger_id, 'iban', iban, '' from bank_account where iban is not null;
grant select on gate_indexed to wx_keeper;
