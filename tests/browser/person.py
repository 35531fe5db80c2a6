"""What a person does in a browser, in a few words."""

from urllib.parse import urlencode

from playwright.async_api import Page
from tests.support.actors import CHALLENGE, Client
from tests.support.server import EMAIL, PASSWORD, Server

ALLOW, DENY = "button[value=allow]", "button[value=deny]"


def authorization_url(server: Server, client: Client, **parameters: str) -> str:
    """Where a client sends a person."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "the-clients-own-state",
    }
    return f"{server.app.settings.issuer}/v2/oauth/authorize?{urlencode(asked | parameters)}"


async def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill in the form that the page shows."""
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", password)
    await page.click("main form button")


async def heading(page: Page) -> str:
    """What the page says it is."""
    return await page.inner_text("h1")


def watch_requests(page: Page) -> list[str]:
    """The addresses that the page will ask for from now on, whether anybody answers or not."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked
