"""How long a document must be good for a flight: rules by destination as data, and what falls short of them."""

from portal.passengers.validity.rules import (
    Flight,
    Judgement,
    Paper,
    Shortfall,
    expiry_of,
    judge,
    judge_all,
)

__all__ = ["Flight", "Judgement", "Paper", "Shortfall", "expiry_of", "judge", "judge_all"]
