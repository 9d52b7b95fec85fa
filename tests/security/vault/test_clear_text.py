"""Clear text shows itself at one door and nowhere else."""

import copy
import json
import logging
import pickle
import traceback

import msgspec
import pytest

from security.vault.clear_text import ClearText, ClearTextKept, Door
from security.vault.door import DOOR

CANARY = "L898902C3"


def test_the_door_reads_it():
    """Whoever holds the door reads the value."""
    assert ClearText(CANARY).reveal_to(DOOR) == CANARY


@pytest.mark.parametrize("key", [None, True, "door", object(), Door])
def test_nothing_else_reads_it(key):
    """No other object, not even the door's class, reads the value."""
    with pytest.raises(ClearTextKept):
        ClearText(CANARY).reveal_to(key)


def test_every_way_of_printing_shows_dots(caplog):
    """`repr`, `str`, `format`, `%`, containers, JSON by `str` and a log line all show dots."""
    value = ClearText(CANARY)
    logging.getLogger("waxwing.test").warning("opened %s %r", value, [value])
    printed = [
        repr(value),
        str(value),
        f"{value}",
        f"{value!r:>20}",
        f"{value:>20}",
        "%s" % value,  # noqa: UP031 - the old way of printing is one of the ways
        repr({"value": (value,)}),
        json.dumps({"value": value}, default=str),
        caplog.text,
    ]
    assert all("•••" in text and CANARY not in text for text in printed[:7])
    assert not any(CANARY in text for text in printed)


def test_it_cannot_be_copied_pickled_or_encoded():
    """Caches, queues and encoders cannot take it along."""
    value = ClearText(CANARY)
    for carried in (
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        json.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
    ):
        with pytest.raises(TypeError) as caught:
            carried(value)
        assert CANARY not in str(caught.value)


def test_a_traceback_that_shows_locals_shows_dots():
    """A traceback with the values of local variables prints dots in its place."""

    def fails(value):
        raise RuntimeError(type(value).__name__)

    try:
        fails(ClearText(CANARY))
    except RuntimeError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    printed = "".join(shown.format())
    assert "value = •••" in printed


def test_it_has_no_dictionary_to_look_into():
    """`vars`, ordering, length and iteration are not there to leak by."""
    value = ClearText(CANARY)
    for leak in (vars, len, iter, sorted):
        with pytest.raises(TypeError):
            leak(value)
    assert ClearText(CANARY) != value
