-- Warnings name the leg: the view of a passenger's trips shows which it is.
create or replace view passenger_trip with (security_invoker) as
  select lp.passenger_id, t.id as trip_id, t.reference, t.state, l.position, l.from_airport, l.to_airport, l.departs_at, l.arrives_at,
         l.id as leg_id
  from leg_passenger lp join leg l on l.id = lp.leg_id join trip t on t.id = lp.trip_id;
