"""The pages in somebody's language and with an operator's own look, in a real browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from tests.browser.person import ALLOW, authorization_url, heading, sign_in
from tests.browser.web import ClientSite, listen, serving
from tests.conftest import StartServer
from tests.support.server import Server

FAULTS = (Path(__file__).parent / "faults.js").read_text()
ACCENT, ACCENT_IN_THE_DARK = "#7a1fa2", "#e3b3ff"
EVIL_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1" onload="alert(1)"><script>alert(1)</script>
<style>rect { fill: purple }</style><rect width="4" height="1"/></svg>"""
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def serve(start_server: StartServer, sites: AsyncExitStack) -> Callable[..., Awaitable[Server]]:
    """Starts the server with settings, on a free port."""

    async def start(**settings: Any) -> Server:
        listening = listen()
        server = await start_server(issuer=f"http://127.0.0.1:{listening.getsockname()[1]}", **settings)
        await sites.enter_async_context(serving(server, listening, None))
        return server

    return start


@pytest_asyncio.fixture(loop_scope="session")
async def german(browser: Browser) -> AsyncIterator[Page]:
    """A browser that wants German."""
    context = await browser.new_context(locale="de-AT", viewport={"width": 320, "height": 800})
    yield await context.new_page()
    await context.close()


async def test_somebody_signs_in_and_allows_in_the_language_that_the_app_asked_for(
    live_server: Server, page: Page, open_site: Callable[..., Awaitable[ClientSite]]
) -> None:
    site = await open_site()
    client = await live_server.register_client(redirect_uris=[site.callback], client_name="Kalender")
    await page.goto(authorization_url(live_server, client, ui_locales="de"))
    assert (await heading(page), await page.get_attribute("html", "lang")) == ("Anmelden", "de")
    await sign_in(page, password="falsch")
    assert await page.inner_text("[role=alert]") == "E-Mail-Adresse oder Passwort ist falsch."
    await sign_in(page)
    await page.wait_for_selector(ALLOW)
    assert await heading(page) == "Kalender bittet um Ihre Erlaubnis"
    assert await page.evaluate(FAULTS) == []
    await page.click(ALLOW)
    assert "code" in await site.answer_at_callback()


async def test_a_language_is_chosen_by_keyboard_and_stays(live_server: Server, german: Page) -> None:
    issuer = live_server.app.settings.issuer
    await german.goto(f"{issuer}/sign-in?return_to=%2Fdocs")
    assert await heading(german) == "Anmelden"
    assert await german.evaluate(FAULTS) == []
    await german.focus("footer a[hreflang=en]")
    await german.keyboard.press("Enter")
    await german.wait_for_selector("h1:has-text('Sign in')")
    assert german.url == f"{issuer}/sign-in?return_to=%2Fdocs"
    await sign_in(german)
    await german.wait_for_selector("h1:has-text('API')")
    assert await german.get_attribute("html", "lang") == "en"


@pytest.mark.parametrize(("scheme", "color"), [("light", ACCENT), ("dark", ACCENT_IN_THE_DARK)])
async def test_an_operators_colours_can_be_read_in_both_themes(
    serve: Callable[..., Awaitable[Server]], browser: Browser, tmp_path: Path, scheme: Any, color: str
) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(EVIL_SVG)
    server = await serve(accent_color=ACCENT, accent_color_dark=ACCENT_IN_THE_DARK, logo=logo, site_name=EVIL)
    context = await browser.new_context(color_scheme=scheme)
    page = await context.new_page()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    for path in ("/", "/sign-in", "/docs"):
        await page.goto(server.app.settings.issuer + path)
        assert await page.evaluate(FAULTS) == []
    await page.goto(f"{server.app.settings.issuer}/sign-in")
    assert await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')") == color
    assert await page.evaluate("document.querySelector('.brand img').naturalWidth") > 0
    assert await page.inner_text(".brand") == EVIL
    await page.goto(f"{server.app.settings.issuer}/static/brand-logo")
    assert alerts == []
    await context.close()
