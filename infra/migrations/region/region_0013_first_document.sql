-- Lists show each passenger's first travel document: one look into the index finds it, without sorting.
create index travel_document_first on travel_document (passenger_id, id);
drop index travel_document_passenger;
