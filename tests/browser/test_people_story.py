"""Whole stories of accounts in a real browser: password, sign-ins, keys, users; and who tries to get at them."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import heading, sign_in
from tests.browser.test_looks import look_at
from tests.browser.web import ClientSite
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.protocol.capabilities import SIGN_IN_OTHERS

OpenSite = Callable[..., Awaitable[ClientSite]]
NEW = "a new and longer password"
BEN = "ben@example.com"


async def enter(page: Page, server: Server, path: str, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Sign in on the way to a page."""
    await page.goto(server.app.settings.issuer + path)
    await sign_in(page, email, password)
    await page.wait_for_url(f"**{path}")


async def ticket_for(server: Server, email: str = EMAIL, key: str = "") -> str:
    """The address that somebody's own login sends a browser to."""
    made = key or (await server.make_colleague("login@example.com", capabilities=(SIGN_IN_OTHERS,))).api_key
    answer = await server.manage("POST", "/sessions/tickets", key=made, json={"email": email})
    return str(answer.json()["url"])


async def paths_of(server: Server) -> list[str]:
    user = await server.backend.user_by_email(EMAIL)
    assert user is not None
    own = ["/account/sessions", "/account/password", "/account/keys", "/account/keys/new"]
    theirs = f"/console/users/{user.user_id}"
    return [*own, "/console/users", "/console/users/new", theirs, f"{theirs}/disable", f"{theirs}/reset-password"]


async def test_every_page_about_people_can_be_read_and_used(live_server: Server, screen: Page) -> None:
    await live_server.make_colleague(f"{'long' * 20}@{'address' * 8}.example", role="member")
    seen: dict[str, list[str]] = {}
    await screen.goto(await ticket_for(live_server))
    await look_at(screen, seen, "ticket")
    await screen.click("main button")
    for path in await paths_of(live_server):
        await screen.goto(live_server.app.settings.issuer + path)
        await look_at(screen, seen, path)
    assert seen == {}


async def test_every_page_about_people_can_be_used_by_everybody(live_server: Server, themed: Page) -> None:
    await themed.goto(await ticket_for(live_server))
    await assert_accessible(themed)
    await themed.click("main button")
    for path in await paths_of(live_server):
        await themed.goto(live_server.app.settings.issuer + path)
        await assert_accessible(themed)
    await themed.goto(f"{live_server.app.settings.issuer}/account/keys/new")
    await themed.fill("[name=name]", "x")
    await themed.click("main form button")
    await expect(themed.get_by_role("alert")).to_contain_text("Choose at least one right.")
    await assert_accessible(themed)
    await themed.check("[name=clients]")
    await themed.click("main form button")
    await expect(themed.locator("pre").first).to_contain_text("gw_key_")
    await assert_accessible(themed)


async def test_a_changed_password_puts_the_other_browser_out_and_keeps_this_one(
    live_server: Server, page: Page, browser: Browser
) -> None:
    other = await browser.new_page()
    await enter(other, live_server, "/account/keys")
    await enter(page, live_server, "/account/password")
    await page.fill("[name=current_password]", PASSWORD)
    await page.fill("[name=new_password]", NEW)
    await page.fill("[name=new_password_again]", NEW)
    await page.click("main form button")
    await expect(page.get_by_role("status")).to_have_text(
        "Your password is changed. All other browsers are signed out."
    )
    await other.reload()
    assert await heading(other) == "Sign in"
    await sign_in(other)
    await expect(other.get_by_role("alert")).to_have_text("Email address or password is wrong.")
    await sign_in(other, password=NEW)
    await other.wait_for_url("**/account/keys")
    await page.reload()
    assert await heading(page) == "Password"


async def test_an_administrator_makes_a_user_who_signs_in_elsewhere_and_is_put_out_again(
    live_server: Server, page: Page, browser: Browser
) -> None:
    await enter(page, live_server, "/console/users")
    await page.click("text=Make a user")
    await page.fill("[name=email]", BEN)
    await page.click("main form button")
    password = await page.inner_text("pre code")
    ben = await (await browser.new_context(user_agent="Mozilla/5.0 (iPhone) CriOS/120")).new_page()
    await enter(ben, live_server, "/account/sessions", BEN, password)
    await expect(ben.get_by_role("row").filter(has_text="This browser")).to_contain_text("Chrome, iPhone")
    await expect(ben.get_by_role("link", name="Users")).to_have_count(0)
    await page.goto(f"{live_server.app.settings.issuer}/console/users")
    await page.fill("[name=q]", "BEN@")
    await page.keyboard.press("Enter")
    await page.click(f"text={BEN}")
    await page.click("text=Disable")
    await page.click("main form button")
    await expect(page.get_by_role("status")).to_have_text("The user is disabled.")
    await ben.reload()
    assert await heading(ben) == "Sign in"


async def test_a_sign_in_is_ended_from_another_browser(live_server: Server, page: Page, browser: Browser) -> None:
    lost = await browser.new_page()
    await enter(lost, live_server, "/account/keys")
    await enter(page, live_server, "/account/sessions")
    await page.get_by_role("button", name="End", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("That sign-in has ended.")
    await lost.reload()
    assert await heading(lost) == "Sign in"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/sessions/end-all", {"which": "all"}),
        ("/account/keys/new", {"name": "mine", "clients": "on"}),
        ("/console/users/new", {"email": "mallory@example.com", "role": "admin"}),
    ],
)
async def test_no_other_site_sends_these_forms(
    live_server: Server, page: Page, open_site: OpenSite, path: str, fields: dict[str, str]
) -> None:
    await enter(page, live_server, "/account/sessions")
    evil = await open_site("localhost")
    inputs = "".join(f"<input name={name} value='{value}'>" for name, value in (fields | {"form_token": "x"}).items())
    issuer = live_server.app.settings.issuer
    evil.page = f"<form method=post action='{issuer}{path}'>{inputs}<button>Win a prize</button></form>"
    await page.goto(f"{evil.origin}/")
    await page.click("button")
    assert await heading(page) in ("That came from another site", "Sign in")
    await page.goto(f"{issuer}/account/sessions")
    assert await heading(page) == "Sign-ins"
    kinds = {event.kind for event in await live_server.audited()}
    assert kinds.isdisjoint({"user.sessions_ended"})
    assert await live_server.backend.user_by_email("mallory@example.com") is None


async def test_a_link_to_somebody_elses_account_asks_before_it_signs_in(
    live_server: Server, page: Page, browser: Browser
) -> None:
    await live_server.make_colleague("mallory@example.com", password=PASSWORD)
    await enter(page, live_server, "/account/sessions")
    link = await ticket_for(live_server, "mallory@example.com")
    await page.goto(link)
    assert await heading(page) == "Continue as mallory@example.com?"
    await expect(page.get_by_text(f"In this browser {EMAIL} is signed in so far.")).to_be_visible()
    await page.goto(f"{live_server.app.settings.issuer}/account/sessions")
    await expect(page.get_by_role("banner")).to_contain_text(EMAIL)


async def test_a_cookie_that_somebody_planted_is_not_what_a_ticket_signs_in(
    live_server: Server, page: Page, browser: Browser
) -> None:
    attacker = await browser.new_page()
    await live_server.make_colleague("mallory@example.com", password=PASSWORD)
    await enter(attacker, live_server, "/account/sessions", "mallory@example.com")
    issuer = live_server.app.settings.issuer
    (planted,) = [each for each in await attacker.context.cookies() if each["name"] == "grantwell_session"]
    await page.context.add_cookies([{"name": "grantwell_session", "value": planted["value"], "url": issuer}])
    await page.goto(await ticket_for(live_server))
    await page.click("main button")
    await page.goto(f"{issuer}/account/sessions")
    await expect(page.get_by_role("banner")).to_contain_text(EMAIL)
    (own,) = [each for each in await page.context.cookies() if each["name"] == "grantwell_session"]
    assert own["value"] != planted["value"]
    await attacker.reload()
    assert await heading(attacker) == "Sign in"
