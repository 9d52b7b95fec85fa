"""What a form's text may hold: a pasted new line is one, a control is refused by field."""

import pytest

from portal.web.forms import checked_texts
from portal.web.refusals import FormRefused


@pytest.mark.parametrize(
    "broken", ["one\vtwo", "one\ftwo", "one\x85two", "one\r\ntwo", "one\rtwo", "one\ntwo"]
)
def test_new_lines_of_word_processors_are_new_lines(broken: str) -> None:
    """Text pasted with other marks for a new line is kept, and no page loses what was typed for it."""
    assert checked_texts({"words": broken}) == {"words": "one\ntwo"}


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f"])
def test_controls_are_refused_by_field(control: str) -> None:
    """What no keyboard types is refused and the field named, the others are not."""
    with pytest.raises(FormRefused) as refused:
        checked_texts({"words": f"one{control}two", "name": "Anna"})
    assert refused.value.errors == {"words": "web:control_character"}
