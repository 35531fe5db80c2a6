"""The console in a real browser: an administrator's clients, from the first to a secret that rotates under way."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import heading, sign_in
from tests.browser.test_attacks import PAYLOADS, complaints_of
from tests.support.actors import Client
from tests.support.server import Server

FAULTS = (Path(__file__).parent / "faults.js").read_text()
CLIENTS = "/console/clients"
LONG = "A client whose name goes on and on, withoutanyblankforaverylongwhile" + "e" * 80


async def come_in(page: Page, server: Server, path: str = "/", **who: str) -> None:
    """Sign in on the way to a page."""
    await page.goto(f"{server.app.settings.issuer}{path}")
    if await page.locator("[name=password]").count() == 0:
        await page.goto(f"{server.app.settings.issuer}/sign-in?return_to={path}")
    await sign_in(page, **who)
    await page.wait_for_url(f"**{path}")


async def make_client(page: Page, name: str) -> Client:
    """Fill in the form for a client that acts for itself; what the page then tells once."""
    await page.click("text=New client")
    await page.fill("[name=name]", name)
    await page.check("[name='grant:client_credentials']")
    await page.check("[name='scope:admin']")
    await page.fill("[name=redirect_uris]", "https://client.example/callback")
    await page.click("text=Create the client")
    return await told(page)


async def told(page: Page) -> Client:
    client_id, secret = await page.locator(".code code").all_inner_texts()
    return Client(client_id, secret, "https://client.example/callback")


async def test_a_secret_rotates_while_the_client_goes_on_working(live_server: Server, page: Page) -> None:
    await come_in(page, live_server, CLIENTS)
    client = await make_client(page, "Nightly sync")
    assert await live_server.client_token(client)
    await page.click("text=I have kept it")
    address = page.url
    assert str(client.client_secret) not in await page.content()
    await page.click("text=Rotate the secret")
    await page.check("text=One more hour")
    await page.click("main button:has-text('Rotate')")
    newer = await told(page)
    assert "secret" not in page.url.replace("/secret", "")
    # Both work, and the console tells which of them still does.
    assert await live_server.client_token(client)
    assert await live_server.client_token(newer)
    await live_server.app.driver.last_uses.write()
    await page.goto(address)
    assert await page.locator(".secret").count() == 2
    assert await page.locator(".secret time").count() == 3
    await page.click("text=End it now")
    await expect(page.locator("main")).to_contain_text("was last used")
    await page.click("main button:has-text('End it now')")
    await expect(page.get_by_role("status")).to_have_text("The older secret has ended.")
    assert (await live_server.token(client, "client_credentials")).status_code == 401
    assert await live_server.client_token(newer)


@pytest_asyncio.fixture(loop_scope="session")
async def without_scripts(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 700})
    yield await context.new_page()
    await context.close()


async def test_everything_works_without_scripts(live_server: Server, without_scripts: Page) -> None:
    page = without_scripts
    await come_in(page, live_server)
    await page.click("summary:has-text('Menu')")
    await page.click("nav >> text=Clients")
    client = await make_client(page, "Scriptless")
    assert await live_server.client_token(client)
    assert await page.locator("button[data-copy]:visible").count() == 0
    await page.click("text=I have kept it")
    await page.click("summary:has-text('Python')")
    await expect(page.locator("pre", has_text="from grantwell.sdk import").first).to_be_visible()
    await page.click("text=Delete")
    await page.click("main button")
    await expect(page.get_by_role("status").first).to_contain_text("Scriptless was deleted")


async def test_the_console_is_gone_through_by_keyboard(live_server: Server, page: Page) -> None:
    await come_in(page, live_server, CLIENTS)
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    focused = await page.evaluate("document.activeElement.closest('main') !== null")
    assert focused
    await expect(page.locator("nav [aria-current=page]")).to_have_text("Clients")


async def test_a_secret_is_copied_and_a_form_is_sent_once(live_server: Server, browser: Browser) -> None:
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await come_in(page, live_server, CLIENTS)
    client = await make_client(page, "Copied")
    await page.click("button[data-copy] >> nth=1")
    await expect(page.locator("button[data-copy]").nth(1)).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == client.client_secret
    await page.goto(f"{live_server.app.settings.issuer}{CLIENTS}/new")
    await page.fill("[name=name]", "Only one")
    await page.dblclick("text=Create the client")
    await page.wait_for_selector("text=I have kept it")
    await page.goto(f"{live_server.app.settings.issuer}{CLIENTS}?name=only+one")
    await expect(page.get_by_role("status")).to_have_text("1 client")
    await context.close()


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_a_client_is_called_runs_nothing_in_the_console(
    live_server: Server, page: Page, payload: str
) -> None:
    harmful = "https://client.example/?a='onmouseover='document.title=1&b=</code><script>document.title=1</script>"
    client = await live_server.make_client(
        name=payload,
        redirect_uris=["https://client.example/?a='$(id)'onmouseover='document.title=1"],
        logo_uri=harmful.partition("<")[0],
        tos_uri="https://client.example/'onmouseover='document.title=1",
    )
    said = complaints_of(page)
    await come_in(page, live_server, CLIENTS)
    path = f"{live_server.app.settings.issuer}{CLIENTS}/{client.client_id}"
    for address in (page.url, path, f"{path}/edit", f"{path}/secret", f"{path}/delete"):
        await page.goto(address)
        assert "owned" not in (await page.title()).replace(payload, "")
        assert await page.locator("main script, main svg, main img, [onmouseover], [onerror]").count() == 0
        assert payload in await page.locator("main").inner_text() or payload in await page.input_value("[name=name]")
    await page.click("main button")
    await expect(page.get_by_role("status").first).to_contain_text(payload)
    assert said == []


async def test_a_member_looks_at_others_clients_and_finds_nothing_to_press(live_server: Server, page: Page) -> None:
    await live_server.make_colleague("mel@example.com", role="member", password="a password of mels")
    client = await live_server.make_client(name="Not yours")
    await come_in(page, live_server, CLIENTS, email="mel@example.com", password="a password of mels")
    await page.click("text=Not yours")
    await expect(page.locator("main")).to_contain_text("You can look at this client.")
    assert await page.locator("main form, main a.danger, main a[href$=edit], main a[href$=secret]").count() == 0
    assert await page.locator("nav >> text=Users").count() == 0
    await page.goto(f"{live_server.app.settings.issuer}{CLIENTS}/{client.client_id}/edit")
    assert await heading(page) == "This client is not yours to change"
    await page.goto(f"{live_server.app.settings.issuer}/console/users")
    assert await heading(page) == "This page is for administrators"


async def pages_of(page: Page, server: Server) -> AsyncIterator[str]:
    """Every page of the area, one after the other, as it is shown."""
    await come_in(page, server)
    yield "start"
    await page.goto(f"{server.app.settings.issuer}{CLIENTS}")
    yield "no clients"
    client = await server.make_client(name=LONG)
    await page.goto(f"{server.app.settings.issuer}{CLIENTS}")
    yield "clients"
    await page.goto(f"{server.app.settings.issuer}{CLIENTS}?name=nothing")
    yield "none found"
    await page.goto(f"{server.app.settings.issuer}{CLIENTS}/new")
    yield "new client"
    await page.fill("[name=name]", "x")
    await page.fill("[name=redirect_uris]", "http://client.example/#x")
    await page.click("main button")
    await page.wait_for_selector("[role=alert]")
    yield "refused"
    path = f"{server.app.settings.issuer}{CLIENTS}/{client.client_id}"
    await page.goto(f"{path}/secret")
    yield "rotation"
    await page.click("main button")
    await page.wait_for_selector("text=I have kept it")
    yield "secret"
    for rest in ("", "/edit", "/older-secret", "/switch", "/delete"):
        await page.goto(path + rest)
        yield f"client{rest}"
    await page.click("main button")
    await page.wait_for_selector("[role=status]")
    yield "notice"


async def test_every_page_of_the_clients_can_be_read_and_used(live_server: Server, screen: Page) -> None:
    faults = {name: found async for name in pages_of(screen, live_server) if (found := await screen.evaluate(FAULTS))}
    assert faults == {}


async def test_every_page_of_the_clients_can_be_gone_by_everybody(live_server: Server, themed: Page) -> None:
    async for _ in pages_of(themed, live_server):
        await assert_accessible(themed)


async def test_no_address_holds_a_secret(live_server: Server, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await come_in(page, live_server, CLIENTS)
    await make_client(page, "Quiet")
    await page.click("text=I have kept it")
    assert not re.search(r"gw_", " ".join(asked))
