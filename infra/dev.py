"""The two commands of a clean clone: `python3 infra/dev.py run` and `python3 infra/dev.py test`.

Needs nothing but Python 3.11 or newer: it makes `.venv`, installs what the lock files name, and hands over to
`infra.run` or `infra.check` inside it.
"""

import os
import sys

if os.name != "posix":
    sys.exit("Waxwing runs on Linux and macOS; on Windows use WSL.")
if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this with an older Python is told so
    sys.exit("Waxwing needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - before any import of ours
sys.path[0] = ROOT  # instead of infra/, whose files would hide modules of the same name

from infra.begin import main  # noqa: E402 - found only by the path just set

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
