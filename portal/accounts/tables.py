"""What is stored about organisations and members; credentials are the keeper's (schema `gate`)."""

from piccolo.columns import UUID, Integer, Text, Timestamptz
from piccolo.table import Table

from portal.web.database import DB


class Organisation(Table, db=DB, tablename="organisation"):
    """A client organisation at home in this region."""

    id = UUID(primary_key=True)
    region = Text()
    name = Text()
    country = Text()
    locale = Text()
    created_at = Timestamptz()


class Member(Table, db=DB, tablename="member"):
    """The person behind an account: same id as the account."""

    id = UUID(primary_key=True)
    org_id = UUID(null=True)
    passenger_id = UUID(null=True)
    name = Text()
    email = Text()
    locale = Text()
    time_zone = Text()
    theme = Text()
    mails = Text()
    version = Integer()
    created_at = Timestamptz()
