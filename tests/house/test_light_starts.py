"""What a start loads: it is most of the time until a house serves."""

import subprocess
import sys

from infra.options import ROOT

LATER = {
    "PIL",
    "boto3",
    "duckdb",
    "icalendar",
    "msoffcrypto",
    "phonenumbers",
    "pkcs11",
    "pyarrow",
    "pypdfium2",
    "pypinyin",
    "pyrage",
    "pyuca",
    "rich",
    "schwifty",
    "weasyprint",
    "xlsxwriter",
}
LOADED = """
import portal.__main__, sys
import portal.cell, portal.front.app, portal.worker, security.keeper.server
print(*sorted({name.partition(".")[0] for name, module in sys.modules.items() if module is not None}))
"""


def test_processes_start_without_what_few_requests_need() -> None:
    """Libraries of files, images, feeds, banks, telephones and key services are loaded where they are first used."""
    said = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(said.stdout.split())
    assert {"litestar", "asyncpg", "security"} <= loaded
    assert loaded & LATER == set()
