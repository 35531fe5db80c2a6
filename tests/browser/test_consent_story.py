"""Whole stories in a real browser: asked, denied, allowed, and back at the client, wherever that is."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect
from tests.browser.person import ALLOW, DENY, authorization_url, heading, sign_in, watch_requests
from tests.browser.web import DOMAIN, Certificate, ClientSite
from tests.support.actors import Client
from tests.support.api import query_of
from tests.support.server import Server

OpenSite = Callable[..., Awaitable[ClientSite]]


async def register(server: Server, redirect_uri: str) -> Client:
    return await server.register_client(redirect_uris=[redirect_uri], client_name="Coding Assistant")


async def test_a_stranger_signs_in_denies_and_on_second_thought_allows(
    live_server: Server, page: Page, open_site: OpenSite
) -> None:
    program = await open_site()
    client = await register(live_server, program.callback)
    await page.goto(authorization_url(live_server, client))
    assert await heading(page) == "Sign in"
    await sign_in(page, password="wrong")
    await expect(page.get_by_role("alert")).to_have_text("Email address or password is wrong.")
    await sign_in(page)
    await expect(page.locator("h1")).to_have_text("Coding Assistant asks for your permission")
    await expect(page.locator(".host")).to_have_text(program.origin.removeprefix("http://"))
    await expect(page.get_by_text("This sends the answer to a program on this computer.")).to_be_visible()

    await page.click(DENY)
    denied = await program.answer_at_callback()
    assert (denied["error"], denied["state"]) == ("access_denied", "the-clients-own-state")
    assert await live_server.grants() == []

    program.arrived.clear()
    program.paths.clear()
    await page.goto(authorization_url(live_server, client))
    await page.click(ALLOW)
    allowed = await program.answer_at_callback()
    assert allowed["state"] == "the-clients-own-state"
    assert await live_server.is_live((await live_server.exchange(client, allowed["code"]))["access_token"])


async def test_the_story_needs_no_scripts(live_server: Server, browser: Browser, open_site: OpenSite) -> None:
    program = await open_site()
    client = await register(live_server, program.callback)
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await page.click(ALLOW)
    assert "code" in await program.answer_at_callback()


async def test_the_story_needs_no_mouse(live_server: Server, page: Page, open_site: OpenSite) -> None:
    program = await open_site()
    await page.goto(authorization_url(live_server, await register(live_server, program.callback)))
    # The first field gets the focus by itself.
    await page.wait_for_function("document.activeElement.name === 'email'")
    await page.keyboard.type(live_server.app.settings.bootstrap_email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(live_server.app.settings.bootstrap_password or "")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(ALLOW)
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.value") == "allow":
            break
    await page.keyboard.press("Enter")
    assert "code" in await program.answer_at_callback()


async def test_a_double_click_on_allow_ends_well(live_server: Server, page: Page, open_site: OpenSite) -> None:
    program = await open_site()
    client = await register(live_server, program.callback)
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await page.dblclick(ALLOW)
    code = query_of((await page_at(page, program)).url)["code"]
    assert await live_server.exchange(client, code)


async def page_at(page: Page, site: ClientSite) -> Page:
    await page.wait_for_url(f"{site.origin}/**")
    return page


async def test_a_client_over_https_may_redirect_once_more_to_another_site(
    https_server: Server, page: Page, open_site: OpenSite, certificate: Certificate
) -> None:
    app = await open_site(f"app.{DOMAIN}", certificate=certificate)
    welcome = await open_site(f"welcome.{DOMAIN}", certificate=certificate)
    app.onward = f"{welcome.origin}/"
    client = await https_server.make_client(redirect_uris=[app.callback])
    await page.goto(authorization_url(https_server, client))
    await sign_in(page)
    await page.click(ALLOW)
    await page_at(page, welcome)
    assert "code" in await app.answer_at_callback()


async def test_whoever_allowed_it_before_only_signs_in_and_is_back_at_the_client(
    https_server: Server, page: Page, open_site: OpenSite, certificate: Certificate
) -> None:
    """Although the sign-in form allows no redirect out of this site."""
    app = await open_site(f"app.{DOMAIN}", certificate=certificate)
    welcome = await open_site(f"welcome.{DOMAIN}", certificate=certificate)
    app.onward = f"{welcome.origin}/"
    client = await https_server.make_client(redirect_uris=[app.callback])
    await https_server.approve(client)
    await page.goto(authorization_url(https_server, client))
    await sign_in(page)
    await page_at(page, welcome)
    answer = await app.answer_at_callback()
    assert await https_server.exchange(client, answer["code"])


async def test_whoever_is_signed_in_and_allowed_it_before_sees_nothing_of_it(
    https_server: Server, page: Page, open_site: OpenSite, certificate: Certificate
) -> None:
    app = await open_site(f"app.{DOMAIN}", certificate=certificate)
    client = await https_server.make_client(redirect_uris=[app.callback])
    await https_server.approve(client)
    await page.goto(f"{https_server.app.settings.issuer}/sign-in")
    await sign_in(page)
    await page.goto(authorization_url(https_server, client))
    assert page.url.startswith(app.callback)


async def test_over_https_the_session_is_a_host_cookie_that_no_script_can_read(
    https_server: Server, page: Page
) -> None:
    await page.goto(f"{https_server.app.settings.issuer}/sign-in")
    await sign_in(page)
    await expect(page.get_by_text("You are signed in as")).to_be_visible()
    (session,) = [each for each in await page.context.cookies() if each.get("name") == "__Host-grantwell_session"]
    assert (session.get("httpOnly"), session.get("secure"), session.get("sameSite")) == (True, True, "Lax")
    assert "gw_session_" not in await page.evaluate("document.cookie")


@pytest.mark.parametrize("decision", [ALLOW, DENY])
async def test_an_app_on_this_device_is_opened_and_the_page_says_so(
    live_server: Server, page: Page, decision: str
) -> None:
    client = await register(live_server, "cursor://anysphere.cursor-mcp/oauth/callback")
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await expect(page.locator(".host")).to_have_text("cursor:")
    async with page.expect_request("cursor://anysphere.cursor-mcp/oauth/callback?*") as opened:
        await page.click(decision)
    answer = query_of((await opened.value).url)
    assert ("code" in answer) is (decision == ALLOW)
    await expect(page.locator("h1")).to_have_text(f"You have {'allowed' if decision == ALLOW else 'denied'} it")
    # The browser may have refused to open it; the button is somebody's own will.
    async with page.expect_request("cursor://anysphere.cursor-mcp/oauth/callback?*") as again:
        await page.click("main button")
    assert query_of((await again.value).url) == answer


async def test_a_program_that_listens_on_ipv6_gets_its_answer(live_server: Server, page: Page) -> None:
    client = await register(live_server, "http://[::1]:49152/callback")
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    asked = watch_requests(page)
    async with page.expect_request("http://[::1]:49152/callback?*"):
        await page.click(ALLOW)
    assert len([each for each in asked if each.startswith("http://[::1]:49152/callback?code=gw_code_")]) == 1


async def test_somebody_else_can_sign_in_and_be_asked_instead(
    live_server: Server, page: Page, open_site: OpenSite
) -> None:
    person = await live_server.make_person("grace@example.com", password="a password of her own")
    program = await open_site()
    await page.goto(authorization_url(live_server, await register(live_server, program.callback)))
    await sign_in(page)
    await page.click("text=Use another account")
    await sign_in(page, "grace@example.com", "a password of her own")
    await expect(page.get_by_text("Signed in as grace@example.com")).to_be_visible()
    await page.click(ALLOW)
    await program.answer_at_callback()
    assert len(await live_server.grants(key=person.api_key)) == 1
    assert await live_server.grants() == []
