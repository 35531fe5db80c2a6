"""What anybody must be able to see and use: in both themes, from a small telephone to a wide screen."""

from pathlib import Path

from playwright.async_api import Page
from tests.browser.person import ALLOW, authorization_url, sign_in
from tests.support.server import Server

FAULTS = (Path(__file__).parent / "faults.js").read_text()
LONG = "An app with a name that goes on and on, withoutanyblankforaverylongwhile" + "e" * 80


async def look_at(page: Page, seen: dict[str, list[str]], name: str) -> None:
    if faults := await page.evaluate(FAULTS):
        seen[name] = faults


async def test_every_page_can_be_read_and_used(live_server: Server, screen: Page) -> None:
    client = await live_server.register_client(
        redirect_uris=["http://127.0.0.1/callback"], client_name=LONG, tos_uri="https://client.example/terms"
    )
    app = await live_server.register_client(redirect_uris=["cursor://oauth/cb"], client_name="Editor")
    issuer = live_server.app.settings.issuer
    seen: dict[str, list[str]] = {}
    for path in ("/", "/docs", "/consent?consent_token=x"):
        await screen.goto(issuer + path)
        await look_at(screen, seen, path)
    await screen.goto(authorization_url(live_server, client, client_id="nobody"))
    await look_at(screen, seen, "authorization error")
    await screen.goto(authorization_url(live_server, client))
    await look_at(screen, seen, "sign-in")
    await sign_in(screen, password="wrong")
    await look_at(screen, seen, "sign-in refused")
    await sign_in(screen)
    await screen.wait_for_selector(ALLOW)
    await look_at(screen, seen, "consent")
    await screen.goto(authorization_url(live_server, app))
    await screen.click(ALLOW)
    await screen.wait_for_selector("text=You have allowed it")
    await look_at(screen, seen, "leaving")
    await screen.goto(f"{issuer}/")
    await look_at(screen, seen, "start page of somebody")
    assert seen == {}
