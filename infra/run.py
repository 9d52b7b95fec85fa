"""`python -m infra.run`: the whole house in the foreground, until Ctrl-C."""

import signal
import sys
from collections.abc import Sequence

from infra.ground import check_ports, take
from infra.house import House
from infra.options import Options, read_options
from infra.refusal import Refused
from infra.sentences import say

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop and return the exit code: 0 after serving, 1 refused, 130 broken off before."""
    for name in SIGNALS:
        signal.signal(name, signal.default_int_handler)  # all three mean the same to us
    try:
        options = read_options(arguments)
        with take(options.data):
            check_ports(options.ports)
            return _live(options)
    except Refused as refused:
        print(say(refused), file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _live(options: Options) -> int:
    house = House(options, tell=lambda line: print(line, flush=True))
    served = False
    try:
        house.up()
        served = True
        house.keep()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        for name in SIGNALS:
            signal.signal(name, signal.SIG_IGN)  # we are at it
        house.down()
        print("Stopped.", flush=True)
    return 0 if served else 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
