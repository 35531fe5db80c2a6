"""A real Chromium, and the server under test on a real port."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from tests.browser.web import DOMAIN, Certificate, ClientSite, client_site, listen, make_certificate, serving
from tests.conftest import StartServer
from tests.support.clock import Clock
from tests.support.databases import open_sqlite_file
from tests.support.server import Server, settings_for
from tools.find_chromium import ADVICE, find

Scheme = Literal["light", "dark"]

# Everything runs in one event loop, so that one browser serves all tests.
in_one_loop = pytest_asyncio.fixture(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = find()
    assert program, ADVICE
    arguments = [f"--host-resolver-rules=MAP *.{DOMAIN} 127.0.0.1"]
    if os.geteuid() == 0:
        # As root, which only containers are, Chromium has no sandbox to offer.
        arguments.append("--no-sandbox")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield launched
        await launched.close()


@in_one_loop
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a browser that knows nobody yet, and trusts our certificates."""
    context = await browser.new_context(ignore_https_errors=True)
    yield await context.new_page()
    await context.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    scheme: Scheme = request.param
    return scheme


@pytest_asyncio.fixture(loop_scope="session", params=[320, 768, 2560], ids="{}px".format)
async def screen(request: pytest.FixtureRequest, browser: Browser, scheme: Scheme) -> AsyncIterator[Page]:
    """A page in both themes, from a small telephone to a wide screen."""
    context = await browser.new_context(color_scheme=scheme, viewport={"width": request.param, "height": 800})
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="session", params=[("light", 320), ("dark", 1440)], ids=["light", "dark"])
async def themed(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Page]:
    """A page in both themes, one of them on a small telephone: enough for what does not depend on the width."""
    scheme, width = request.param
    context = await browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    yield await context.new_page()
    await context.close()


@in_one_loop
async def sites() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@in_one_loop
async def start_server(sites: AsyncExitStack, tmp_path: Path, clock: Clock) -> StartServer:
    """Starts a server; a browser needs only one database to be fooled or not."""

    async def start(**settings: Any) -> Server:
        server = await Server.start(settings_for(tmp_path, **settings), open_sqlite_file(tmp_path), clock)
        sites.push_async_callback(server.stop)
        return server

    return start


@in_one_loop
async def live_server(start_server: StartServer, sites: AsyncExitStack) -> Server:
    """The server under test at http://127.0.0.1 and a free port."""
    listening = listen()
    server = await start_server(issuer=f"http://127.0.0.1:{listening.getsockname()[1]}")
    await sites.enter_async_context(serving(server, listening, None))
    return server


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@in_one_loop
async def https_server(start_server: StartServer, sites: AsyncExitStack, certificate: Certificate) -> Server:
    """The server under test over https, under a name."""
    listening = listen()
    server = await start_server(issuer=f"https://auth.{DOMAIN}:{listening.getsockname()[1]}")
    await sites.enter_async_context(serving(server, listening, certificate))
    return server


@pytest.fixture
def open_site(sites: AsyncExitStack) -> Callable[..., Awaitable[ClientSite]]:
    """Opens a site of somebody's, until the test ends."""

    async def open_one(*arguments: Any, **more: Any) -> ClientSite:
        return await sites.enter_async_context(client_site(*arguments, **more))

    return open_one
