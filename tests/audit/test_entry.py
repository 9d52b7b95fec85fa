"""Entries: leaves of exact bytes, pseudonyms, commitments, and no room for free text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit import entry, jcs, leafform
from audit.catalogue import KINDS, ORIGINS, kind_of_field, may_write

KAT = json.loads((Path(__file__).parents[1] / "vectors" / "waxwing-kat-v1.json").read_text())
LINK_KEY = bytes.fromhex(KAT["subject_pseudonym"]["link_key"])
SUBJECT = UUID(KAT["subject_pseudonym"]["client_uuid"])
TS = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
FACTS = entry.Facts(
    kind="passengers:passport:revealed",
    who="op_7f3a",
    role="operations",
    request=UUID(int=7),
    subject=SUBJECT,
)


def made(facts, **more):
    """Make a leaf with fixed nonces."""
    given = {"ts": TS, "region": "eu", "link_key": LINK_KEY, "nonce": bytes(16)}
    return entry.make_leaf(facts, **{**given, **more})


def test_a_subject_has_the_known_pseudonym():
    """The pseudonym of a person is the one the format fixes."""
    assert entry.subject_pseudonym(LINK_KEY, SUBJECT) == KAT["subject_pseudonym"]["subj"]


def test_a_data_key_has_the_known_pseudonym():
    """The pseudonym of a data key is the one the format fixes."""
    known = KAT["dek_pseudonym"]
    assert entry.dek_pseudonym(LINK_KEY, UUID(known["dek_id"])) == known["dek"]


def test_a_reason_has_the_known_commitment():
    """The commitment to a reason is the one the format fixes."""
    known = KAT["reason_commit"]
    assert entry.reason_commitment(bytes.fromhex(known["salt"]), known["text"]) == known["rc"]


def test_a_list_view_has_the_known_set():
    """The root over those shown is the one the format fixes."""
    known = KAT["view_set"]
    assert entry.view_set(known["subs"], [bytes.fromhex(nonce) for nonce in known["nonces"]]) == known["set"]


def test_a_side_document_has_the_known_hash():
    """Text and hash of a side document are those the format fixes."""
    known = KAT["facts"]
    assert entry.facts_digest(known["document"]) == (known["jcs"], known["facts"])


@pytest.mark.parametrize("text", KAT["log"]["leaves"])
def test_known_leaves_are_canonical(text):
    """Reading a known leaf and writing it again gives the same bytes."""
    assert entry.canonical(json.loads(text)) == text.encode()


def test_a_leaf_says_everything_it_was_told():
    """Every fact finds its part, under the name the format gives it."""
    facts = replace(
        FACTS,
        field="passport.number",
        tier="clear",
        purpose="border_filing",
        reason_commitment="c" * 43,
        reference="eu_1",
        dek=UUID(KAT["dek_pseudonym"]["dek_id"]),
        via="grant-1",
        at=TS - timedelta(seconds=1),
        document=KAT["facts"]["document"],
    )
    leaf = made(facts)
    assert json.loads(leaf.data) == {
        "v": 1,
        "ts": "2026-01-02T03:04:00.000000Z",
        "at": "2026-01-02T03:03:59.000000Z",
        "reg": "eu",
        "act": "passengers:passport:revealed",
        "dec": "allow",
        "who": "op_7f3a",
        "role": "operations",
        "req": str(UUID(int=7)),
        "n": "A" * 22,
        "res": "passport.number",
        "tier": "clear",
        "sub": KAT["subject_pseudonym"]["subj"],
        "why": "border_filing",
        "rc": "c" * 43,
        "case": "eu_1",
        "dek": KAT["dek_pseudonym"]["dek"],
        "via": "grant-1",
        "facts": KAT["facts"]["facts"],
    }
    assert leaf.document == KAT["facts"]["jcs"]


def test_a_list_view_is_one_leaf_with_its_members_beside():
    """A view of three people is one leaf; who they are stands beside it, in order, each with its nonce."""
    people = (SUBJECT, UUID(int=1), UUID(int=2))
    nonces = [bytes([n]) * 16 for n in range(3)]
    leaf = made(replace(FACTS, subject=None, members=people), member_nonces=nonces)
    subs = [entry.subject_pseudonym(LINK_KEY, person) for person in people]
    assert leaf.members == tuple(zip(subs, nonces, strict=True))
    assert json.loads(leaf.data)["set"] == entry.view_set(subs, nonces)
    assert "sub" not in json.loads(leaf.data)


def test_time_is_written_in_utc():
    """An instant in another zone is the same instant in the leaf."""
    assert entry.timestamp(TS.astimezone(timezone(timedelta(hours=8)))) == "2026-01-02T03:04:00.000000Z"


def test_an_act_is_dated_only_if_it_was_earlier():
    """`at` is left out when the act is not earlier than the entry."""
    assert b'"at"' not in made(replace(FACTS, at=TS)).data


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        (replace(FACTS, who="Ana María"), "who"),
        (replace(FACTS, who="ana@example.org"), "who"),
        (replace(FACTS, reference="guest asked for it"), "case"),
        (replace(FACTS, reference="x" * 129), "case"),
        (replace(FACTS, purpose="a\0b"), "why"),
        (replace(FACTS, role=""), "role"),
        (replace(FACTS, tier="full"), "tier"),
        (replace(FACTS, decision="maybe"), "dec"),
        (replace(FACTS, members=(UUID(int=1),)), "set"),
        (replace(FACTS, document={"a": 1}), "facts"),
        (replace(FACTS, document={"é": "1"}), "facts"),
        (replace(FACTS, document={"a": "\ud800"}), "facts"),
        (replace(FACTS, document={"a": "x" * 1_000_001}), "facts"),
        (replace(FACTS, at=datetime(2026, 1, 1)), "ts"),  # noqa: DTZ001 - a naive time is the point
    ],
)
def test_what_may_not_stand_in_a_leaf_is_refused(facts, part):
    """Names, addresses, sentences, unknown words, naive times: refused, and the part is named."""
    with pytest.raises(entry.EntryRefused) as refused:
        made(facts)
    assert refused.value.fields["part"] == part
    assert refused.value.code == "audit:entry_refused"


def test_a_refusal_does_not_repeat_what_it_refused():
    """The text of the error names the part, never the value."""
    with pytest.raises(entry.EntryRefused) as refused:
        made(replace(FACTS, who="L898902C3 Ana"))
    assert "L898902C3" not in f"{refused.value!r} {refused.value}"


def test_every_kind_belongs_to_one_origin():
    """Each kind has exactly one origin, a login role, and a name of three parts."""
    for code, kind in KINDS.items():
        assert code == kind.code
        assert len(kind.origins) == 1
        assert kind.origins <= ORIGINS
        assert len(code.split(":")) == 3


@pytest.mark.parametrize("origin", ["wx_web", "wx_worker", "wx_admin"])
def test_only_the_keeper_writes_reveals(origin):
    """No other login role may write that something was opened."""
    reveals = [code for code in KINDS if code.endswith(":revealed")]
    assert len(reveals) == 10
    assert not any(may_write(origin, code) for code in reveals)
    assert all(may_write("wx_keeper", code) for code in reveals)


def test_every_sealed_field_has_its_kinds():
    """Each field code of the access matrix leads to a catalogued kind, for sealing and revealing."""
    fields = "passport.number visa.number national_id.number residence_permit.number known_traveller.number"
    for field in [*fields.split(), "birth_date", "card.number", "card.expiry", "card.holder", "iban"]:
        assert kind_of_field(field, "sealed") in KINDS
        assert kind_of_field(field, "revealed") in KINDS
    assert kind_of_field("card.holder", "revealed") == "passengers:card:revealed"


CODE = some.text("abcXYZ019_.:/-", min_size=1, max_size=12)
MAYBE = some.none() | CODE


@given(
    facts=some.builds(
        entry.Facts,
        kind=CODE,
        who=CODE,
        role=CODE,
        request=some.uuids(),
        decision=some.sampled_from(["allow", "deny"]),
        subject=some.none() | some.uuids(),
        field=MAYBE,
        tier=some.sampled_from([None, "hidden", "masked", "clear"]),
        purpose=MAYBE,
        reason_commitment=MAYBE,
        reference=MAYBE,
        dek=some.none() | some.uuids(),
        via=MAYBE,
        at=some.none() | some.just(TS - timedelta(days=1)),
        document=some.none() | some.dictionaries(CODE, CODE, max_size=2),
    )
)
def test_a_leaf_is_the_canonical_json_of_its_parts(facts):
    """Whatever is stated, the bytes are the canonical JSON of just that, and of the form that the verifier knows."""
    leaf = made(facts)
    said = json.loads(leaf.data)
    assert leaf.data == jcs.canonical(said)
    stated = {
        "act": facts.kind,
        "dec": facts.decision,
        "who": facts.who,
        "role": facts.role,
        "req": str(facts.request),
        "res": facts.field,
        "tier": facts.tier,
        "why": facts.purpose,
        "rc": facts.reason_commitment,
        "case": facts.reference,
        "via": facts.via,
    }
    made_here = ("at", "dek", "facts", "n", "reg", "set", "sub", "ts", "v")
    assert {name: value for name, value in said.items() if name not in made_here} == {
        name: value for name, value in stated.items() if value is not None
    }
    assert leafform.said(leaf.data) is not None


def test_a_leaf_names_a_region_that_is_a_code():
    """A region that would have to be escaped is refused."""
    with pytest.raises(entry.EntryRefused) as refused:
        made(FACTS, region='e"u')
    assert refused.value.fields == {"part": "reg", "reason": "shape"}
