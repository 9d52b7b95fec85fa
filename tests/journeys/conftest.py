"""The running house, a browser for each worker, and visitors."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from infra.assets import CHECKER
from tests.journeys.checks import PAIRWISE, Manner
from tests.journeys.running import Site, lived_in
from tests.journeys.visit import Visit

Enter = Callable[..., Awaitable[Visit]]
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NEEDED = ("chromium", "fonts-noto-core", "fonts-noto-cjk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything of this folder: it needs a browser and fonts."""
    for item in items:
        if item.path.parent.name == "journeys":
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.needs(*NEEDED))


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Give the running house with its demo."""
    if not CHECKER.exists():
        said = "axe-core is missing: `python -m infra.assets --develop` fetches it"
        if os.environ.get("WX_REQUIRE_ALL") == "1":
            pytest.fail(said, pytrace=False)
        pytest.skip(said)
    with lived_in() as standing:
        yield standing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give Debian's Chromium."""
    async with async_playwright() as kit:
        arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await kit.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def enter(site: Site, chromium: Browser) -> AsyncIterator[Enter]:
    """Let visitors in, each with a browser of his own; options go to the browser's context."""
    async with AsyncExitStack() as stack:

        async def come(tag: str, manner: Manner | None = None, **options: Any) -> Visit:
            seen = manner or PAIRWISE[tag][0]
            context = await chromium.new_context(
                viewport=seen.size,  # type: ignore[arg-type]
                color_scheme=seen.theme,  # type: ignore[arg-type]
                reduced_motion="reduce",
                locale="en-GB",
                timezone_id="Europe/Amsterdam",
                **options,
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(20_000)
            return Visit(context, await context.new_page(), site.cell, tag, seen)

        yield come
