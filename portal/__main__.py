"""`python -m portal …`: the processes of a cell and the tools of its operator."""

import sys

from security.memory import look_seldom

# Each process of a cell begins here, and what it loads is most of a start. structlog would load `rich` for coloured
# tracebacks, which nothing here prints.
look_seldom()
sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # None: an import of it is refused

from portal.commands import main  # noqa: E402 -- after the two lines above

if __name__ == "__main__":
    main()
