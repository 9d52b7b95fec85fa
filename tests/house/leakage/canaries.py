"""Planted values: one set a plant, each in the many shapes in which a value may get out."""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus

from security.fields import DOCUMENT_KINDS

STATE = "GBR"
# Whatever a page puts between letters, or hides between them, does not hide them from us.
_DROPPED = {"Cf", "Zs", "Cc", "Pd"}
_WIDE_MASK = re.compile(r"•{2,} ?[A-Z0-9]{5,}(?=[<\"\s&]|$)")


@dataclass(frozen=True)
class Canaries:
    """The values of one planted passenger; `n` below 100 makes them its own."""

    n: int

    @cached_property
    def values(self) -> dict[str, str]:
        """Give each value by its field's code."""
        letters = "ABCDEFGHIJ"
        numbers = {f"{kind}.number": f"CNR{kind[0].upper()}{self.n:02d}7X1" for kind in DOCUMENT_KINDS}
        return {
            **numbers,
            "birth_date": (date(1961, 1, 13) + timedelta(days=self.n)).isoformat(),
            "card.number": _with_luhn(f"400005{self.n:02d}5665555"),
            "card.expiry": "09/45",
            "card.holder": f"CANARY {letters[self.n // 10]}OLDE{letters[self.n % 10]}",
            "iban": _iban(f"BUKB20201555{555500 + self.n:06d}"),
        }

    @property
    def body(self) -> dict[str, Any]:
        """Give what adds a passenger with these values by the API."""
        values = self.values
        documents = [
            {"kind": kind, "issuing_state": STATE, "number": values[f"{kind}.number"]}
            for kind in DOCUMENT_KINDS
        ]
        card = {name: values[f"card.{name}"] for name in ("number", "expiry", "holder")}
        return {
            "name": {"given": "Ada", "family": "Bystander"},
            "email": f"ada{self.n}@example.test",
            "birth_date": values["birth_date"],
            "documents": documents,
            "cards": [card],
            "bank_accounts": [{"iban": values["iban"]}],
        }

    @cached_property
    def shapes(self) -> list[tuple[str, str]]:
        """Give (field, text) of all that is looked for in normalised text."""
        found = []
        for code, value in self.values.items():
            if code in {"birth_date", "card.expiry"}:
                continue
            plain = normalised(value)
            size = 10 if plain[:6].isdigit() or code == "iban" else 7
            found += [(code, plain[at : at + size]) for at in range(max(1, len(plain) - size + 1))]
            found += [(code, plain[::-1])]
        return found

    @cached_property
    def codings(self) -> list[tuple[str, str]]:
        """Give (field, text) of what a value may be dressed up as, as it stands."""
        found = []
        for code, value in self.values.items():
            if code == "card.expiry":
                continue
            raw = value.encode()
            found += [
                (code, raw.hex()),
                (code, raw.hex().upper()),
                (code, quote_plus(value)),
                (code, quote(value)),
            ]
            found += [(code, hashlib.new(name, raw).hexdigest()) for name in ("sha256", "sha1", "md5")]
            found += [(code, _b64(raw, shift)) for shift in range(3)]
        return [(code, text) for code, text in found if len(text) > 7]

    def spot(self, text: str) -> set[str]:
        """Name the fields of which a text tells more than a mask does."""
        plain = normalised(text)
        found = {code for code, shape in self.shapes if shape in plain}
        found |= {code for code, coded in self.codings if coded in text}
        if self._tells_birth(text):
            found.add("birth_date")
        if re.search(r"(?<!\d)(09\s*/\s*(20)?45|2045-09)(?!\d)", text):
            found.add("card.expiry")
        if _WIDE_MASK.search(text):
            found.add("mask")
        return found

    def _tells_birth(self, text: str) -> bool:
        born = date.fromisoformat(self.values["birth_date"])
        if str(born.year) not in text and "١٩٦١" not in text:
            return False
        plain = "".join(str(unicodedata.decimal(c, c)) for c in text)
        day = f"(?<![0-9A-Fa-f])0?{born.day}(?![0-9A-Fa-f])"
        year = f"(?<![0-9A-Fa-f]){born.year}(?![0-9A-Fa-f])"
        return re.search(f"{year}.{{0,16}}{day}|{day}.{{0,16}}{year}", plain) is not None


class _Kept(dict[int, int | None]):
    """Which characters stay; asked of Unicode once for each."""

    def __missing__(self, code: int) -> int | None:
        stays = unicodedata.category(chr(code)) not in _DROPPED
        self[code] = code if stays else None
        return self[code]


_KEPT = _Kept()


def normalised(text: str) -> str:
    """Give the letters and digits of a text as they would be read out: NFKC, upper case, nothing between them."""
    whole = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return whole.upper().translate(_KEPT)


def _b64(raw: bytes, shift: int) -> str:
    """Give the part of the base64 text that is the same whatever stands before the value, at one of three offsets."""
    coded = base64.b64encode(bytes(shift) + raw).decode()
    return coded[(0, 2, 3)[shift] : (len(raw) + shift) // 3 * 4]


def _with_luhn(digits: str) -> str:
    for check in "0123456789":
        number = digits + check
        total = sum(int(d) if i % 2 == 0 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(number[::-1]))
        if total % 10 == 0:
            return number
    raise ValueError


def _iban(rest: str) -> str:
    number = "".join(str(int(c, 36)) for c in rest + "GB00")
    return f"GB{98 - int(number) % 97:02d}{rest}"


def in_order(ids: list[str], wanted: list[str]) -> bool:
    """Say whether the wanted ids all stand in a list in this order."""
    places = [ids.index(one) for one in wanted]
    return all(a < b for a, b in pairwise(places))
