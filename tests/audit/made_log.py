"""A log made in memory, and its export, for tests to break."""

import zipfile
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from audit import drill_log
from audit.batch import Maker
from audit.drill_log import START
from audit.entry import Facts
from audit.note import Signer

__all__ = ["ORIGIN", "START", "MadeLog", "facts_at", "maker", "rebuilt", "written"]

ORIGIN = "waxwing.example/audit/eu"
SEED = bytes(range(32))
LINK_KEY = bytes(32)


def maker(origin=ORIGIN, seed=SEED, region="eu"):
    """Return what brings region, key and link key to every leaf."""
    return Maker(region, Signer.from_seed(origin, seed), LINK_KEY)


def facts_at(n):
    """Return the facts of the n-th entry: every tenth a list view, every twelfth with a document."""
    facts = Facts(kind="passengers:profile:viewed", who="op_7f3a", role="operations", request=UUID(int=n))
    if n % 10 == 3:
        members = tuple(UUID(int=1000 + n + nth) for nth in range(3))
        return replace(facts, kind="passengers:list:viewed", members=members)
    if n % 12 == 0:
        return replace(facts, subject=UUID(int=2000 + n), document={"rows": str(n)})
    return replace(facts, subject=UUID(int=2000 + n % 50))


class MadeLog(drill_log.MadeLog):
    """Leaves of these facts, and the state of the log after them."""

    def __init__(self, made=None):
        super().__init__(made or maker())

    def facts(self, n):
        """Return the facts of the n-th entry."""
        return facts_at(n)


def rebuilt(leaves, made=None):
    """Return the files of a log that holds these leaves and is consistent in itself."""
    return MadeLog(made).add(list(leaves)).files()


def written(files, folder, name="bundle.zip"):
    """Write files as a bundle and return its path."""
    target = Path(folder) / name
    with zipfile.ZipFile(target, "w") as bundle:
        for path, data in files.items():
            bundle.writestr(path, data)
    return target
