"""What programs send and receive about changes and notices."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Short = Annotated[str, Meta(max_length=200)]


class LegSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a leg shall be; what is left out stays. `_local` is the clock of that airport, `_at` an instant.

    Of a local time that comes twice, `…_which` says `first` or `second`.
    """

    from_: Short = msgspec.field(name="from", default="")
    to: Short = ""
    departs_local: Short = ""
    departs_at: Short = ""
    departs_which: Short = ""
    arrives_local: Short = ""
    arrives_at: Short = ""
    arrives_which: Short = ""
    aircraft: Short = ""
    tail: Short = ""

    def fields(self) -> dict[str, str]:
        """Give it as a form would send it."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {"from" if name == "from_" else name: text.strip() for name, text in named.items() if text}


class ChangeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to one leg; `version` (of the leg, optional) refuses it if somebody was quicker."""

    leg: Short
    set: LegSet
    note: Annotated[str, Meta(max_length=1000)] = ""
    version: int | None = None


class DifferenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """One field that is different: airports in IATA where there is one, times in UTC with the local clock beside."""

    leg: str
    field: str
    old: str
    new: str
    old_local: str | None = None
    new_local: str | None = None


class RecipientOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a notice is for: a passenger or a member, never both."""

    passenger: str | None
    member: str | None
    locale: str | None = None


class SaidOut(msgspec.Struct, frozen=True):
    """One leg's part of a notice in words, with direction isolates."""

    heading: str
    lines: list[str]


class WordOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient hears (or would hear) of a change; `id` is None in a preview."""

    id: str | None
    recipient: RecipientOut
    kind: str
    grade: str
    content_hash: str
    diff: list[DifferenceOut]
    text: list[SaidOut]


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A change and the notices made; `regimes` stays empty until the rules of law are built."""

    id: str | None
    trip: str
    diff: list[DifferenceOut]
    grade: str
    regimes: list[str]
    notices: list[WordOut]


class AnswerOut(msgspec.Struct, frozen=True):
    """An answer that was given."""

    answer: str
    comment: str
    via: str
    at: datetime


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A notice; an answer must name its `content_hash`."""

    id: str
    trip: str
    reference: str
    recipient: RecipientOut
    kind: str
    grade: str
    state: str
    content_hash: str
    diff: list[DifferenceOut]
    text: list[SaidOut]
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    answers: list[AnswerOut]


class NoticeList(msgspec.Struct, frozen=True):
    """A page of notices."""

    items: list[NoticeOut]
    next: str | None


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer to what was shown."""

    answer: Short
    content_hash: Short
    comment: Annotated[str, Meta(max_length=1000)] = ""
