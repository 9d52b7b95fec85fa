"""What is true of passengers' values: pure checks that answer with a code or None."""

import re
import unicodedata
from datetime import date, timedelta

from portal.web.places import states

# What knows telephone numbers and banks is loaded when one is typed: 0.15 s that no start need wait for.

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
DOCUMENT_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*/\s*(?:20)?(\d{2})")
NAME_MARKS = frozenset(" -'’.·ʼ‌‍،,")
OLDEST = timedelta(days=130 * 366)
# ICAO 9303-3 section 5 issuers that ISO 3166 does not know.
ICAO_STATES = frozenset(
    {"UTO", "D", "EUE", "UNO", "UNA", "XXA", "XXB", "XXC", "XOM", "RKS", "GBD", "GBN", "GBO", "GBS", "GBP"}
)

# Places with a country code of their own in a BIC whose accounts have another country's IBAN (ISO 13616 registry).
SHARED_IBANS = {
    "FI": frozenset({"AX"}),
    "FR": frozenset({"BL", "GF", "GP", "MC", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"}),
    "GB": frozenset({"GG", "IM", "JE"}),
}


def name_problem(text: str) -> str | None:
    """Names are letters and marks of any script with spaces, hyphens, apostrophes and full stops."""
    fine = all(c in NAME_MARKS or unicodedata.category(c)[0] in "LM" for c in text)
    if not fine:
        return "passengers:name_characters"
    return "web:too_long" if len(text) > 120 else None  # noqa: PLR2004 -- longer than any MRZ or visa form takes


def email_problem(text: str) -> str | None:
    """Check an e-mail address; empty is none."""
    good = not text or (len(text) <= 254 and EMAIL.fullmatch(text))  # noqa: PLR2004 -- RFC 5321 4.5.3.1
    return None if good else "passengers:bad_email"


def international_phone(text: str) -> str | None:
    """Give a phone in E.164, "" for none, None if it is not a possible number with a country code."""
    import phonenumbers  # noqa: PLC0415 -- see above

    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def state_problem(code: str) -> str | None:
    """Check a state's code: ISO 3166 alpha-3, or one of ICAO's own."""
    return None if code in states() or code in ICAO_STATES else "passengers:bad_country"


def read_day(text: str) -> date | None:
    """Read `YYYY-MM-DD`, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def birth_problem(born: date, today: date) -> str | None:
    """Check that a birth is neither ahead nor more than 130 years ago."""
    if born > today:
        return "passengers:birth_date_in_future"
    return "passengers:birth_date_too_old" if today - born > OLDEST else None


def document_number(text: str) -> str | None:
    """Give a document's number as it is sealed: upper case without spaces and hyphens; None if it cannot be one."""
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    return number if DOCUMENT_NUMBER.fullmatch(number) else None


def card_expiry(text: str, today: date) -> str | None:
    """Give `MM/YY`, or None if it is not one or has passed."""
    found = EXPIRY.fullmatch(text.strip())
    if not found:
        return None
    month, year = int(found[1]), 2000 + int(found[2])
    return f"{month:02d}/{year % 100:02d}" if (year, month) >= (today.year, today.month) else None


def compact_iban(text: str) -> str | None:
    """Give a valid IBAN without spaces (ISO 13616: country's form and check digits), or None."""
    from schwifty import IBAN  # noqa: PLC0415 -- see above
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415

    try:
        return str(IBAN(text).compact)
    except (SchwiftyException, ValueError):
        return None


def compact_bic(text: str) -> str | None:
    """Give a BIC in upper case without spaces (ISO 9362: form and country), or None."""
    from schwifty import BIC  # noqa: PLC0415 -- see above
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415

    try:
        return str(BIC(text).compact)
    except (SchwiftyException, ValueError):
        return None


def same_banking_country(iban: str, bic: str) -> bool:
    """Whether an IBAN and a BIC, by their alpha-2 countries, can belong together."""
    return iban == bic or bic in SHARED_IBANS.get(iban, frozenset())
