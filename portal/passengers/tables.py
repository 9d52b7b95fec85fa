"""What is stored about passengers. Sealed columns are written here and never read: the keeper opens them."""

from piccolo.columns import UUID, Bytea, Date, Integer, Text, Timestamptz
from piccolo.table import Table

from portal.web.database import DB


class Passenger(Table, db=DB, tablename="passenger"):
    """A traveller of one organisation; `birth_date` is sealed."""

    id = UUID(primary_key=True)
    org_id = UUID()
    given_name = Text()
    family_name = Text()
    native_name = Text()
    name_order = Text()
    email = Text()
    phone = Text()
    nationality = Text()
    birth_date = Bytea(null=True, secret=True)
    sort_key = Bytea()
    version = Integer()
    created_at = Timestamptz()
    updated_at = Timestamptz()


class TravelDocument(Table, db=DB, tablename="travel_document"):
    """A passport, visa, identity card, residence permit or traveller programme; `number` is sealed."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    kind = Text()
    issuing_state = Text()
    expires_on = Date(null=True)
    number = Bytea(null=True, secret=True)
    created_at = Timestamptz()


class PaymentCard(Table, db=DB, tablename="payment_card"):
    """A payment card; number, expiry and holder are sealed, a security code has no column."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    number = Bytea(null=True, secret=True)
    expiry = Bytea(null=True, secret=True)
    holder = Bytea(null=True, secret=True)
    created_at = Timestamptz()


class BankAccount(Table, db=DB, tablename="bank_account"):
    """A bank account; `iban` and `bic` are sealed."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    iban = Bytea(null=True, secret=True)
    bic = Bytea(null=True, secret=True)
    created_at = Timestamptz()


class DocumentMask(Table, db=DB, tablename="document_mask"):
    """The mask of a document's number, granted by role."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    mask = Text()


class CardMask(Table, db=DB, tablename="card_mask"):
    """Brand and mask of a card's number, granted by role."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    brand = Text()
    mask = Text()


class IbanMask(Table, db=DB, tablename="iban_mask"):
    """Country and mask of an IBAN, granted by role."""

    id = UUID(primary_key=True)
    passenger_id = UUID()
    org_id = UUID()
    country = Text()
    mask = Text()
