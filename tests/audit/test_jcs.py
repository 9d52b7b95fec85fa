"""Canonical JSON: RFC 8785, and nothing that has no canonical form."""

import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit import jcs

VECTORS = Path(__file__).parents[1] / "vectors" / "jcs"
SAFE = 2**53 - 1
ascii_keys = st.text(st.characters(max_codepoint=127))
texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | texts | numbers,
    lambda inner: st.lists(inner) | st.dictionaries(ascii_keys, inner),
)


@pytest.mark.parametrize("name", ["arrays", "structures", "values"])
def test_the_rfcs_own_answers(name):
    """The published inputs give the published bytes."""
    value = json.loads((VECTORS / f"{name}.input.json").read_text())
    assert jcs.canonical(value) == bytes.fromhex((VECTORS / f"{name}.outhex.txt").read_text())


@given(values)
def test_any_value_is_written_as_another_implementation_writes_it(value):
    """Whatever the value, the bytes are those of a library we did not write."""
    assert jcs.canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(ascii_keys, texts))
def test_what_was_written_can_be_read(document):
    """A document of strings survives writing and strict reading."""
    assert jcs.parse(jcs.canonical(document)) == document


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"é": "x"}, "key"),
        ({1: "x"}, "key"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": 2**53}, "number"),
        ({"a": float("nan")}, "number"),
        ({"a": b"x"}, "kind"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value, reason):
    """Keys beyond ASCII, lone surrogates, numbers JSON cannot carry: refused, and it says which."""
    with pytest.raises(jcs.JcsRefused) as refused:
        jcs.canonical(value)
    assert refused.value.fields == {"reason": reason}


@pytest.mark.parametrize(
    "spelling",
    [
        b'{"a": "b"}',
        b'{"b":"1","a":"2"}',
        b'{"a":"1","a":"1"}',
        b'{"a":"\\u0041"}',
        b'{"a":"b"}\n',
        b"[1.0]",
        b"{",
    ],
)
def test_another_spelling_is_refused(spelling):
    """Spaces, disorder, doubled keys, needless escapes: the same meaning in other bytes is not accepted."""
    with pytest.raises(jcs.JcsRefused):
        jcs.parse(spelling)
