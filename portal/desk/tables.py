"""What is stored about cases: the case as it stands, and each step with who and when."""

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table

from portal.web.database import DB


class DeskCase(Table, db=DB, tablename="desk_case"):
    """What a client asked, who has it, and until when an answer is owed."""

    id = UUID(primary_key=True)
    org_id = UUID()
    passenger_id = UUID(null=True, default=None)
    trip_id = UUID(null=True, default=None)
    kind = Text()
    language = Text()
    time_zone = Text()
    team = Text()
    state = Text()
    holder_id = UUID(null=True, default=None)
    holder_name = Text(null=True, default=None)
    respond_by = Timestamptz(null=True, default=None)
    solve_by = Timestamptz(null=True, default=None)
    opened_at = Timestamptz()
    version = Integer()
    entry = BigInt(null=True, default=None)


class CaseStep(Table, db=DB, tablename="case_step"):
    """One step: opened, taken, handed over, answered, replied or closed; the words stay in this cell."""

    id = UUID(primary_key=True)
    case_id = UUID()
    org_id = UUID()
    passenger_id = UUID(null=True, default=None)
    kind = Text()
    by_account = UUID()
    by_name = Text()
    by_role = Text()
    team = Text(null=True, default=None)
    words = Text()
    at = Timestamptz()
