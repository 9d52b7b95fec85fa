"""Root keys elsewhere: AWS KMS (moto, over http) and an HSM (SoftHSM, over PKCS #11), and moving between them."""

import contextlib
import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from security.vault import kms
from security.vault.custody import Custody, CustodyRefused, move_custody
from security.vault.envelope import EnvelopeRefused
from security.vault.kms import Kms, KmsKey
from tests.kms_service import SERVICE_REGION, KmsService, kms_service
from tests.ports import free_ports

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture(scope="module")
def service():
    """Serve KMS on this machine for the tests of this file."""
    with kms_service() as running:
        yield running


@pytest.fixture
def key(service):
    """Return the ARN of a key made for this test."""
    return service.key()


@pytest.fixture
def kms_url(service, key, tmp_path):
    """Return the address of a custodian in KMS."""
    return service.custodian(tmp_path / "kms", key)


@pytest.fixture
def hsm_url(tmp_path, monkeypatch):
    """Return the address of a custodian in a SoftHSM token of this test alone."""
    (tmp_path / "tokens").mkdir()
    conf = tmp_path / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "waxwing-eu", "--so-pin", "12345678"]
    subprocess.run([*command, "--pin", "87654321"], check=True, capture_output=True)
    pin = tmp_path / "pin"
    pin.touch(mode=0o600)
    pin.write_text("87654321\n")
    import pkcs11  # noqa: PLC0415 - only with the package

    pkcs11.lib(SOFTHSM).reinitialize()
    return f"pkcs11:{tmp_path / 'hsm'}?module={quote(SOFTHSM)}&token=waxwing-eu&pin-source={quote(str(pin))}"


def _secrets(custody):
    return [*custody.keks.values(), custody.link_key, custody.blind_index_key, custody.log_signing_seed]


def _code(url, region="eu"):
    with pytest.raises(CustodyRefused) as caught:
        Custody.open(url, region)
    return caught.value.code


def _check(url: str, folder: Path) -> None:
    """Check what holds for every custodian."""
    first = Custody.open(url, "eu")
    assert _secrets(Custody.open(url, "eu")) == _secrets(first)
    document = (folder / "keyring.json").read_bytes()
    assert all(key not in document and key.hex().encode() not in document for key in _secrets(first))
    second = first.with_new_epoch()
    assert (second.epoch, set(second.keks)) == (2, {first.kek_id, second.kek_id})
    assert set(second.without_epoch(first.kek_id).keks) == {second.kek_id}
    assert _secrets(Custody.open(url, "eu")) == [second.kek, *_secrets(second)[-3:]]
    assert _code(url, "cn") == "security:custody_other_region"
    (folder / "keyring.json").write_bytes(document.replace(b'"eu"', b'"cn"'))
    assert _code(url, "cn") == "security:custody_damaged"


def test_kms_keeps_the_root(kms_url, tmp_path):
    """Keys wrapped by KMS open again, rotate, lie nowhere in the clear, and are of one region."""
    _check(kms_url, tmp_path / "kms")


@pytest.mark.needs("softhsm2")
def test_an_hsm_keeps_the_root(hsm_url, tmp_path):
    """Keys sealed by what an HSM derives open again, rotate, lie nowhere in the clear, and are of one region."""
    _check(hsm_url, tmp_path / "hsm")


@pytest.mark.needs("softhsm2")
def test_the_hsm_shows_its_root_to_nobody(hsm_url):
    """The root in the token is marked secret and not to be taken out, and its value cannot be read."""
    import pkcs11  # noqa: PLC0415

    Custody.open(hsm_url, "eu")
    token = pkcs11.lib(SOFTHSM).get_token(token_label="waxwing-eu")
    with token.open(user_pin="87654321") as session:
        (root,) = session.get_objects({pkcs11.Attribute.LABEL: "waxwing-root"})
        assert root[pkcs11.Attribute.SENSITIVE]
        assert not root[pkcs11.Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.AttributeSensitive):
            root[pkcs11.Attribute.VALUE]


@pytest.mark.needs("softhsm2")
def test_an_hsm_that_refuses_is_named_by_a_code(hsm_url, tmp_path):
    """A wrong PIN, no token and a missing library open nothing, each with its code."""
    Custody.open(hsm_url, "eu")
    assert _code(hsm_url.replace("token=waxwing-eu", "token=other")) == "security:custodian_unreachable"
    assert _code(hsm_url.replace("libsofthsm2", "missing")) == "security:custodian_unreachable"
    (tmp_path / "pin").write_text("00000000")
    assert _code(hsm_url) == "security:custodian_denied"
    (tmp_path / "pin").chmod(0o644)
    assert _code(hsm_url) == "security:custody_permissions"


def test_a_disabled_key_opens_nothing(kms_url, service, key):
    """While the key in KMS is disabled the custody is refused; enabled again, it is as before."""
    before = _secrets(Custody.open(kms_url, "eu"))
    service.disable(key)
    assert _code(kms_url) == "security:custodian_key_closed"
    service.enable(key)
    assert _secrets(Custody.open(kms_url, "eu")) == before


def test_another_key_of_the_service_opens_nothing(kms_url, tmp_path, service):
    """A keyring moved under another root's name, or to a key that is not there, is refused."""
    Custody.open(kms_url, "eu")
    file = tmp_path / "kms" / "keyring.json"
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"root_id": document["keys"][0]["id"]}))
    assert _code(kms_url) == "security:custody_damaged"
    assert _code(service.custodian(tmp_path / "new", "alias/none")) == "security:custodian_key_closed"


def test_a_service_out_of_reach_is_refused_soon(tmp_path, monkeypatch):
    """Where nothing listens the custody is refused with its code, and makes no keys of its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "invented")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "invented")
    nobody = KmsService(f"http://127.0.0.1:{free_ports(1)}", None)
    url = nobody.custodian(tmp_path / "kms", "any")
    assert _code(url) == "security:custodian_unreachable"
    assert list((tmp_path / "kms").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ThrottlingException", "security:custodian_throttled"),
        ("AccessDeniedException", "security:custodian_denied"),
        ("KMSInvalidStateException", "security:custodian_key_closed"),
        ("KMSInternalException", "security:custodian_unreachable"),
        ("something new", "security:custodian_unreachable"),
    ],
)
def test_what_the_service_says_becomes_a_code(said, code, monkeypatch):
    """Whatever the service answers but a key is a refusal of ours, which repeats nothing of the answer."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    class Refusing:
        def decrypt(self, **_):
            message = "arn:aws:kms:eu-central-1:123456789012:key/secret"
            raise ClientError({"Error": {"Code": said, "Message": message}}, "Decrypt")

    monkeypatch.setattr(kms, "_client", lambda _: Refusing())
    with pytest.raises(CustodyRefused) as caught:
        Kms(KmsKey("k", SERVICE_REGION)).unwrap(b"x", {})
    assert caught.value.code == code
    assert "arn" not in str(caught.value)


def test_a_context_is_part_of_the_wrapping(service, key):
    """What was wrapped for one context opens for no other and for no part of it."""
    place = Kms(KmsKey(key, SERVICE_REGION, service.url))
    wrapped = place.wrap(b"k" * 32, {"region": "eu", "key": "1"})
    assert place.unwrap(wrapped, {"region": "eu", "key": "1"}) == b"k" * 32
    for context in ({"region": "cn", "key": "1"}, {"region": "eu"}, {}):
        with pytest.raises(EnvelopeRefused):
            place.unwrap(wrapped, context)


def test_custody_moves_to_another_custodian_and_stays_the_same(kms_url, tmp_path):
    """After a move the same keys open by the new custodian; one that has keys already is not written over."""
    old = f"file:{tmp_path / 'file'}"
    custody = Custody.open(old, "eu").with_new_epoch()
    moved = move_custody(old, kms_url, "eu")
    assert (_secrets(moved), moved.custodian) == (_secrets(custody), "awskms")
    assert _secrets(Custody.open(kms_url, "eu")) == _secrets(custody)
    kept = (tmp_path / "kms" / "keyring.json").read_bytes()
    with pytest.raises(CustodyRefused) as caught:
        move_custody(old, kms_url, "eu")
    assert caught.value.code == "security:custody_key_in_use"
    assert (tmp_path / "kms" / "keyring.json").read_bytes() == kept
    back = move_custody(kms_url, f"file:{tmp_path / 'again'}", "eu")
    assert _secrets(back) == _secrets(custody)


@pytest.mark.parametrize(
    "url",
    [
        "awskms:/folder",
        "awskms:/folder?key=a",
        "awskms:/folder?key=a&key=b&region=eu-central-1",
        "awskms:/folder?key=a&region=eu-central-1&profile=x",
        "pkcs11:/folder?module=/lib.so&token=t",
        "pkcs11:folder?module=/lib.so&token=t&pin-source=/pin",
    ],
)
def test_half_an_address_is_refused(url):
    """An address that lacks a part, repeats one or has an unknown one names no custodian."""
    with pytest.raises(CustodyRefused) as caught, contextlib.chdir("/"):
        Custody.open(url, "eu")
    assert caught.value.code == "security:custody_unknown_custodian"
