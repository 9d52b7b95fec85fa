"""RFC 8785 canonical JSON, narrowed to ASCII keys.

With ASCII keys the order by UTF-16 code units is the order of Python's strings, so no key is ever
re-encoded to be sorted; other keys are refused, as are lone surrogates (RFC 8785, section 3.2.2.2) and
integers beyond 2**53 - 1.
"""

import json
import math
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import Any, ClassVar

from audit.refusal import Refusal

_SAFE = 2**53 - 1
_POINT_FROM, _POINT_TO = -6, 21  # ECMAScript Number::toString writes these exponents without "e"


class JcsRefused(Refusal):
    """No canonical form here. `reason`: key, number, kind, surrogate, not_json, not_canonical."""

    code: ClassVar[str] = "audit:not_canonical"


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value (dict, list, str, int, float, bool, None)."""
    try:
        return _text(value).encode()
    except UnicodeEncodeError:
        raise JcsRefused(reason="surrogate") from None


def parse(data: bytes) -> Any:
    """Read a JSON value, refusing every spelling but the canonical one (doubled keys, spaces, …)."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise JcsRefused(reason="not_json") from None
    if canonical(value) != data:
        raise JcsRefused(reason="not_canonical")
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _number(value)


def _object(value: dict[Any, Any]) -> str:
    try:
        known = "".join(value).isascii()
    except TypeError:
        known = False
    if not known:
        raise JcsRefused(reason="key")
    members = [
        f"{quoted(key)}:{quoted(item) if type(item) is str else _text(item)}"
        for key, item in sorted(value.items())
    ]
    return "{" + ",".join(members) + "}"


def _number(value: object) -> str:
    if isinstance(value, int) and -_SAFE <= value <= _SAFE:
        return str(value)
    if not isinstance(value, float):
        raise JcsRefused(reason="number" if isinstance(value, int) else "kind")
    if not math.isfinite(value):
        raise JcsRefused(reason="number")
    return _float(value) if value else "0"


def _float(value: float) -> str:
    """Write a float as ECMAScript does; Python's `repr` already has the same shortest digits."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    point = len(digits) + int(exponent)
    minus = "-" if sign else ""
    if len(text) <= point <= _POINT_TO:
        return minus + text.ljust(point, "0")
    if 0 < point <= _POINT_TO:
        return f"{minus}{text[:point]}.{text[point:]}"
    if _POINT_FROM < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{minus}{text[0]}{fraction}e{point - 1:+d}"
