"""Signing in at a provider that others have written, in a real browser."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from playwright.async_api import Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import ALLOW, authorization_url
from tests.browser.test_consent_story import OpenSite
from tests.browser.web import listen, serving
from tests.conftest import StartServer
from tests.support.processes import free_port
from tests.support.server import EMAIL

ADMIN = {"sub": "ada", "email": EMAIL, "email_verified": True}
STRANGER = {"sub": "mallory", "email": "mallory@example.com", "email_verified": True}


@asynccontextmanager
async def provider(port: int) -> AsyncIterator[str]:
    """oidc-provider-mock, as its own program: it imports what its library calls deprecated."""
    users = [argument for user in (ADMIN, STRANGER) for argument in ("--user-claims", json.dumps(user))]
    command = (sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        issuer = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(30):
            while issuer.encode() not in await process.stderr.readline():
                assert not process.stderr.at_eof()
        yield issuer
    finally:
        process.terminate()
        await process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def issuer() -> AsyncIterator[str]:
    async with provider(free_port()) as running:
        yield running


async def test_an_app_asks_and_whoever_it_is_signs_in_elsewhere_and_is_asked(
    issuer: str, start_server: StartServer, page: Page, open_site: OpenSite
) -> None:
    listening = listen()
    server = await start_server(
        issuer=f"http://127.0.0.1:{listening.getsockname()[1]}",
        login_issuer=issuer,
        login_client_id="grantwell",
        login_client_secret="of grantwell at the provider",
        login_name="Example",
        login_link_by_email=True,
        password_sign_in=False,
    )
    async with serving(server, listening, None):
        program = await open_site()
        client = await server.register_client(redirect_uris=[program.callback])
        await page.goto(authorization_url(server, client))
        await assert_accessible(page)
        await page.get_by_role("link", name="Sign in with Example").click()
        await page.get_by_role("button", name="mallory").click()
        await expect(page.locator("h1")).to_have_text("You have no access here yet")
        await page.goto(authorization_url(server, client))
        await page.get_by_role("link", name="Sign in with Example").click()
        await page.get_by_role("button", name="ada").click()
        await page.click(ALLOW)
        code = (await program.answer_at_callback())["code"]
        assert await server.is_live((await server.exchange(client, code))["access_token"])
