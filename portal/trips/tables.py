"""What is stored about trips. Local time and airport are the promise; UTC is derived."""

from piccolo.columns import UUID, Integer, SmallInt, Text, Timestamp, Timestamptz
from piccolo.table import Table

from portal.web.database import DB


class Trip(Table, db=DB, tablename="trip"):
    """A trip of one organisation."""

    id = UUID(primary_key=True)
    org_id = UUID()
    reference = Text()
    state = Text()
    version = Integer()
    created_at = Timestamptz()


class Leg(Table, db=DB, tablename="leg"):
    """One flight of a trip; airports as ICAO codes."""

    id = UUID(primary_key=True)
    trip_id = UUID()
    org_id = UUID()
    position = SmallInt()
    from_airport = Text()
    to_airport = Text()
    departs_local = Timestamp()
    arrives_local = Timestamp()
    departs_at = Timestamptz()
    arrives_at = Timestamptz()
    aircraft = Text()
    tail = Text()


class LegPassenger(Table, db=DB, tablename="leg_passenger"):
    """A passenger on a leg."""

    id = UUID(primary_key=True)
    leg_id = UUID()
    trip_id = UUID()
    passenger_id = UUID()
    org_id = UUID()
