"""Ports for what tests start."""

import contextlib
import random

from infra.ground import check_ports
from infra.refusal import Refused

HOUSE = 7  # of a house at its largest: the front door, four cells, caught mail, mail


def free_ports(count: int = HOUSE) -> int:
    """Return a port that is free together with those after it, and that no outgoing connection will take."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000, count)
        with contextlib.suppress(Refused):
            check_ports(range(port, port + count))
            return port
