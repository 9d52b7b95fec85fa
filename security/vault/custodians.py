"""From an address to its custodian: `file:/folder`, `awskms:/folder?key=…`, `pkcs11:/folder?module=…`."""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from security.vault.custodian import UNKNOWN_CUSTODIAN, Custodian, CustodyRefused
from security.vault.file_custodian import FileCustodian
from security.vault.hsm_custodian import HsmCustodian, HsmKey
from security.vault.kms import KmsKey
from security.vault.kms_custodian import KmsCustodian

_PARTS: Final = {
    "file": (frozenset[str](), frozenset[str]()),
    "awskms": (frozenset({"key", "region"}), frozenset({"endpoint"})),
    "pkcs11": (frozenset({"module", "token", "pin-source"}), frozenset({"object"})),
}
"""By scheme: the parts of the query that must be there, and those that may."""
_LABEL: Final = "waxwing-root"


def custodian_at(custodian_url: str, region: str) -> Custodian:
    """Return the custodian of an address; raise `CustodyRefused`, `NotPrivate`.

    `awskms:/folder?key=ID&region=SERVICE-REGION[&endpoint=URL]` keeps the wrapped keys in the folder; credentials
    come from where AWS clients look for them. `pkcs11:/folder?module=LIBRARY&token=LABEL&pin-source=FILE` (and
    `&object=LABEL` of the key) reads the PIN from a file of mode 0600.
    """
    url = urlsplit(custodian_url)
    parts = _parts(url)
    folder = Path(unquote(url.path))
    if url.scheme == "awskms":
        key = KmsKey(parts["key"], parts["region"], parts.get("endpoint", ""))
        return KmsCustodian(folder, region, key)
    if url.scheme == "pkcs11":
        label = parts.get("object", _LABEL)
        return HsmCustodian(
            folder, region, HsmKey(Path(parts["module"]), parts["token"], label, Path(parts["pin-source"]))
        )
    return FileCustodian(folder, region)


def _parts(url: SplitResult) -> dict[str, str]:
    """Read the query; one that lacks a part, repeats one or has a part unknown here is refused."""
    known = _PARTS.get(url.scheme)
    if known is None or url.netloc or not url.path.startswith("/") or url.fragment:
        raise CustodyRefused(UNKNOWN_CUSTODIAN, url.scheme)
    must, may = known
    found = parse_qs(url.query, keep_blank_values=True)
    whole = must <= found.keys() <= must | may and all(len(one) == 1 and one[0] for one in found.values())
    if not whole:
        raise CustodyRefused(UNKNOWN_CUSTODIAN, url.scheme)
    return {name: texts[0] for name, texts in found.items()}
