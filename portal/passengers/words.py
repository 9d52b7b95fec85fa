"""Words of this room: how fields, purposes, kinds and brands are called."""

from collections.abc import Mapping

from i18n.messages import N_

KINDS: Mapping[str, str] = {
    "passport": N_("Passport"),
    "visa": N_("Visa"),
    "national_id": N_("National identity card"),
    "residence_permit": N_("Residence permit"),
    "known_traveller": N_("Known-traveller number"),
}
FIELD_NAMES: Mapping[str, str] = {
    "passport.number": N_("Passport number"),
    "visa.number": N_("Visa number"),
    "national_id.number": N_("National identity number"),
    "residence_permit.number": N_("Residence permit number"),
    "known_traveller.number": N_("Known-traveller number"),
    "birth_date": N_("Date of birth"),
    "card.number": N_("Card number"),
    "card.expiry": N_("Card expiry"),
    "card.holder": N_("Cardholder name"),
    "iban": N_("IBAN"),
    "bic": N_("BIC"),
    "name": N_("Name"),
    "contact": N_("Contact"),
    "passenger": N_("Passenger profile"),
    "document": N_("Travel document"),
    "card": N_("Payment card"),
    "trip": N_("Trip"),
}
PURPOSE_NAMES: Mapping[str, str] = {
    "own_record": N_("My own record"),
    "border_filing": N_("Border filing"),
    "visa_application": N_("Visa application"),
    "carrier_check_in": N_("Check-in with the carrier"),
    "ground_handling": N_("Ground handling"),
    "payment_settlement": N_("Settling a payment"),
    "refund": N_("Refund"),
    "chargeback": N_("Chargeback"),
    "identity_check": N_("Identity check"),
    "rights_request": N_("Data-subject request"),
    "legal_hold": N_("Legal hold"),
}
BRANDS: Mapping[str, str] = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "unionpay": "UnionPay",
    "jcb": "JCB",
    "diners": "Diners Club",
    "discover": "Discover",
    "maestro": "Maestro",
    "mir": "Mir",
    "uatp": "UATP",
    "other": N_("Card"),
}
ROLE_NAMES: Mapping[str, str] = {
    "traveller": N_("Traveller"),
    "booker": N_("Booker"),
    "client_admin": N_("Client administrator"),
    "sales": N_("Sales"),
    "service_agent": N_("Service agent"),
    "operations": N_("Operations"),
    "finance": N_("Finance"),
    "compliance": N_("Compliance"),
    "auditor": N_("Auditor"),
    "administrator": N_("Administrator"),
}
