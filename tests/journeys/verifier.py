"""`python -m audit verify`, called as an auditor calls it: in a process of its own."""

import asyncio
import sys
from pathlib import Path

from infra.options import ROOT


async def verified(path: Path, *arguments: str) -> tuple[int, str]:
    """Verify a bundle or a proof file; give the exit code and what was said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "audit", "verify", str(path), *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()
