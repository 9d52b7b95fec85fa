"""What the fuzz asks: reveals above all, and everything else the keeper answers, right and wrong."""

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import uuid_utils.compat as uuids

from security.keeper.find_messages import Find
from security.keeper.gate_messages import SignIn, StepUp
from security.keeper.messages import AskStatus
from security.keeper.protocol import Call, encode_call, read_call
from security.keeper.trail_messages import ReadTrail
from security.keeper.vault_messages import Reveal, Seal, SealItem
from tests.fuzz.deeds import Deeds
from tests.security.keeper.stage import PASSWORD, Stage

WAIT = 20_000


@dataclass
class Asker:
    """Knows a stepped-up operator, a booker, a traveller, and whose passport may be opened."""

    stage: Stage
    dice: random.Random
    operations: str
    booker: str
    traveller: str
    value: str
    deeds: Deeds | None = None

    def draw(self) -> Any:
        """Draw what to ask; None for what is no message at all, once in ten."""
        return None if self.dice.random() < 0.1 else self._ask()

    def call(self, ask: Any) -> Call:
        """Write what was drawn as a call."""
        number = self.dice.randrange(2**31)
        if ask is None:
            return Call(number, WAIT, msgspec.Raw(self._noise()))
        return read_call(encode_call(number, WAIT, ask))

    def _noise(self) -> bytes:
        whole = msgspec.msgpack.encode(
            {"op": self.dice.choice(["reveal", "seal", "find", "x"]), "token": self.operations}
        )
        at = self.dice.randrange(len(whole))
        return self.dice.choice([whole[:at], whole + b"\0", self.dice.randbytes(at + 1), b""])

    def _ask(self) -> Any:
        if self.dice.random() < 0.6:
            return self.reveal(**self._twist() if self.dice.random() < 0.2 else {})
        if self.deeds is not None and self.dice.random() < 0.6:
            return self.deeds.draw()
        one, number = uuids.uuid7(), f"FUZZ{self.dice.randrange(10**6)}"
        item = SealItem("passport.number", uuids.uuid7(), number, "NLD")
        password = PASSWORD if self.dice.random() < 0.9 else "wrong"
        return self.dice.choice(
            [
                Find(self.operations, one, "passport.number", self.value, "NLD", "border_filing"),
                Seal(self.booker, one, self.stage.mei, self.stage.org, [item]),
                ReadTrail(self.traveller, one, None, 5),
                StepUp(self.operations, one, password),
                SignIn("operations@example.test", PASSWORD, "fuzz", "192.0.2.7", one),
                AskStatus(),
            ]
        )

    def reveal(self, **twist: Any) -> Reveal:
        """Ask for the passport, in its window, or otherwise where something is twisted."""
        usual: dict[str, Any] = {
            "token": self.operations,
            "request": uuids.uuid7(),
            "subject": self.stage.mei,
            "field": "passport.number",
            "row": None,
            "purpose": "border_filing",
            "reference": f"eu_{self.stage.trip}",
            "reason": "fuzz",
        }
        return Reveal(**(usual | twist))

    def _twist(self) -> dict[str, Any]:
        nobody = UUID(int=self.dice.getrandbits(128))
        return self.dice.choice(
            [
                {"token": self.booker},
                {"token": "nobody"},
                {"subject": nobody},
                {"subject": self.stage.stranger},
                {"field": "iban"},
                {"row": nobody},
                {"purpose": "refund"},
                {"reference": f"eu_{nobody}"},
            ]
        )
