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
    "document.scan": N_("Document scan"),
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
# Why something may be opened, or not (security/policy/explain.py).
WHY_NAMES: Mapping[str, str] = {
    "may_open": N_("As %(role)s you may open %(field)s for: %(purposes)s."),
    "hidden_from_role": N_("Your role, %(role)s, sees nothing of %(field)s."),
    "mask_only": N_("Your role, %(role)s, sees %(field)s as a mask and does not open it."),
    "own_record_only": N_("Your role opens its own record only."),
    "other_place": N_("But it may not be asked in this region: %(place)s."),
    "no_reference": N_("There is no trip and no open case that it could be for."),
    "no_leg": N_("No confirmed trip that you may see carries this passenger."),
    "window_opens": N_("It opens on %(opens)s, when the window of leg %(position)s of trip %(trip)s begins."),
    "window_open": N_("It is open until %(closes)s, in the window of leg %(position)s of trip %(trip)s."),
    "window_passed": N_("It closed on %(closes)s, with the window of leg %(position)s of trip %(trip)s."),
    "second_person": N_("A second person must approve first."),
    "client_approval": N_("The passenger’s organisation must approve first."),
    "client_for_some": N_("For some of these purposes the passenger’s organisation must approve first."),
    "approved": N_("Others have approved that you open this."),
    "step_up": N_("You confirm with your password first."),
    "nothing_on_file": N_("Nothing is on file here."),
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
