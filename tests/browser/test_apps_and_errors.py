"""Stories of what one has allowed, and of what a developer did wrong, in a real browser."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import ALLOW, DENY, authorization_url, sign_in, watch_requests
from tests.browser.test_attacks import PAYLOADS, complaints_of
from tests.browser.test_looks import look_at
from tests.browser.web import DOMAIN, Certificate, ClientSite
from tests.support.actors import Client
from tests.support.server import Server

from grantwell.protocol.changes import ReplaceClient

OpenSite = Callable[..., Awaitable[ClientSite]]
APPS, ERRORS = "/account/apps", "/console/errors"


async def at(page: Page, server: Server, path: str) -> None:
    await page.goto(f"{server.app.settings.issuer}{path}")


async def test_a_stranger_denies_allows_and_takes_it_back(live_server: Server, page: Page, open_site: OpenSite) -> None:
    program = await open_site()
    client = await live_server.register_client(redirect_uris=[program.callback], client_name="Coding Assistant")
    await page.goto(authorization_url(live_server, client))
    await sign_in(page)
    await page.click(DENY)
    assert (await program.answer_at_callback())["error"] == "access_denied"
    await at(page, live_server, APPS)
    await expect(page.get_by_role("heading", name="No connected apps")).to_be_visible()

    program.arrived.clear()
    program.paths.clear()
    await page.goto(authorization_url(live_server, client))
    await page.click(ALLOW)
    tokens = await live_server.exchange(client, (await program.answer_at_callback())["code"])
    await at(page, live_server, APPS)
    await page.get_by_role("link", name="Coding Assistant", exact=True).click()
    await expect(page.locator("h1")).to_have_text("Coding Assistant")
    await page.get_by_role("link", name="Revoke access").click()
    await page.get_by_role("link", name="Cancel").click()
    assert await live_server.is_live(tokens["access_token"])

    await page.get_by_role("link", name="Revoke access").click()
    await page.get_by_role("button", name="Revoke access").click()
    await expect(page.get_by_role("status")).to_have_text("You have revoked the access of Coding Assistant.")
    assert not await live_server.is_live(tokens["access_token"])
    # Asked again, it begins anew: what was allowed once is no longer "allowed before".
    await page.goto(authorization_url(live_server, client))
    await expect(page.get_by_role("heading", name="It would be able to:")).to_be_visible()


async def test_all_of_it_needs_no_scripts(live_server: Server, browser: Browser) -> None:
    await live_server.approve(await live_server.make_client(name="Fleet"))
    page = await browser.new_page(java_script_enabled=False)
    await at(page, live_server, APPS)
    await sign_in(page)
    await page.get_by_role("link", name="Revoke access Fleet").click()
    await page.get_by_role("button", name="Revoke access").click()
    await expect(page.get_by_role("status")).to_have_text("You have revoked the access of Fleet.")
    await page.close()


async def test_a_developer_finds_a_wrong_redirect_uri_through_the_error_page(live_server: Server, page: Page) -> None:
    client = await live_server.make_client(name="Fleet", redirect_uris=["https://client.example/oauth/callback"])
    wrong = "https://client.example/oauth/callback/?tenant=secret-tenant"
    await page.goto(authorization_url(live_server, client, redirect_uri=wrong))
    await expect(page.get_by_text("The mistake lies with the app that sent you here, not with you.")).to_be_visible()
    await live_server.app.driver.refusals.write()
    await page.get_by_role("link", name="The whole story").click()
    await sign_in(page)
    await expect(page.locator("h1")).to_have_text("Refused request")
    story = page.locator(".beside li")
    await expect(story).to_contain_text("https://client.example/oauth/callback/?tenant=…")
    await expect(story.locator("dd").first.locator("mark")).to_have_text("/")
    await expect(story).to_contain_text("They differ from character 38 on. One ends with a slash, the other does not.")
    for secret in ("the-clients-own-state", "secret-tenant"):
        assert secret not in await page.content()
    await page.get_by_role("link", name="More about redirect_uri_unknown").click()
    await expect(page.locator("h1")).to_have_text("redirect_uri_unknown")
    # The console's own list has it too, and finds it by its client.
    await at(page, live_server, ERRORS)
    await page.get_by_label("App id").fill(client.client_id)
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_role("row")).to_have_count(2)


async def pages_with_long_names(live_server: Server, page: Page) -> list[str]:
    """Sign in, allow and have refused what is hard to show; where all of it is shown."""
    long = "withoutanyblankforaverylongwhile" + "e" * 80
    client = await live_server.register_client(client_name=long, redirect_uris=[f"https://{long[:60]}.example/{long}"])
    await live_server.approve(await live_server.make_client(name="Fleet", tos_uri="https://client.example/terms"))
    await live_server.approve(client)
    app = (await live_server.grants())[0]["id"]
    await at(page, live_server, "/sign-in")
    await sign_in(page)
    await page.wait_for_url(f"{live_server.app.settings.issuer}/")
    refused = authorization_url(live_server, client, redirect_uri=f"https://{long}.example/" + "x" * 400)
    await page.goto(refused)
    await live_server.app.driver.refusals.write()
    story = await page.get_by_role("link", name="The whole story").get_attribute("href")
    shown = (APPS, f"{APPS}/{app}", f"{APPS}/{app}/revoke", ERRORS, story, "/docs/reasons", "/docs/reasons/bug")
    return [refused, *(f"{live_server.app.settings.issuer}{path}" for path in shown)]


async def test_these_pages_can_be_read_and_used(live_server: Server, screen: Page) -> None:
    """In both themes, from a small telephone to a wide screen."""
    seen: dict[str, list[str]] = {}
    for address in await pages_with_long_names(live_server, screen):
        await screen.goto(address)
        await look_at(screen, seen, address)
    assert seen == {}


async def test_everybody_can_use_these_pages(live_server: Server, themed: Page) -> None:
    for address in await pages_with_long_names(live_server, themed):
        await themed.goto(address)
        await assert_accessible(themed)


async def test_without_anything_to_show_everybody_can_use_them_too(live_server: Server, themed: Page) -> None:
    await at(themed, live_server, APPS)
    await sign_in(themed)
    for path in (APPS, f"{APPS}/none", ERRORS, f"{ERRORS}?client_id=none", "/docs/reasons/none"):
        await at(themed, live_server, path)
        await assert_accessible(themed)


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_an_app_says_of_itself_runs_nothing_here_either(
    live_server: Server, page: Page, payload: str
) -> None:
    client = await live_server.register_client(redirect_uris=["https://a.example/cb"], client_name=payload)
    await live_server.approve(client)
    (grant,) = await live_server.grants()
    said = complaints_of(page)
    await at(page, live_server, "/sign-in")
    await sign_in(page)
    await page.wait_for_url(f"{live_server.app.settings.issuer}/")
    wrong = {"redirect_uri": payload, "scope": payload, "state": payload}
    await page.goto(authorization_url(live_server, client, **wrong))
    await live_server.app.driver.refusals.write()
    story = await page.get_by_role("link", name="The whole story").get_attribute("href")
    for path in (APPS, f"{APPS}/{grant['id']}", f"{APPS}/{grant['id']}/revoke", ERRORS, story or ""):
        await at(page, live_server, path)
        assert "owned" not in (await page.title()).replace(payload, "")
        assert await page.locator("main svg, main script, main img").count() == 0
    await at(page, live_server, f"{APPS}/{grant['id']}/revoke")
    await page.get_by_role("button", name="Revoke access").click()
    await expect(page.get_by_role("status")).to_have_text(f"You have revoked the access of {payload}.")
    assert said == []


async def test_no_other_site_can_frame_these_pages_or_revoke_anything(
    live_server: Server, page: Page, open_site: OpenSite
) -> None:
    await live_server.approve(await live_server.make_client())
    (grant,) = await live_server.grants()
    issuer, evil = live_server.app.settings.issuer, await open_site("localhost")
    await at(page, live_server, APPS)
    await sign_in(page)
    await page.wait_for_url(f"**{APPS}")
    framed = [f"{issuer}{path}" for path in (APPS, f"{APPS}/{grant['id']}/revoke", ERRORS, "/docs/reasons")]
    action = f"{issuer}{APPS}/{grant['id']}/revoke"
    evil.page = (
        "".join(f"<iframe src='{address}'></iframe>" for address in framed)
        + f"<form method=post action='{action}'><input name=form_token value=x><button>Win a prize</button></form>"
    )
    await page.goto(f"{evil.origin}/")
    for frame in page.frames[1:]:
        await frame.wait_for_url("chrome-error://**")
    await page.click("button")
    # The browser does not even say who is signed in.
    await expect(page.locator("h1")).to_have_text("Sign in")
    assert len(await live_server.grants()) == 1


async def vouched_for(server: Server, client: Client, **fields: object) -> None:
    """What an operator does at the command line."""
    found = await server.backend.client(client.client_id)
    assert found is not None
    await server.backend.apply([ReplaceClient(replace(found, **fields), found.revision)])


async def test_a_verified_clients_logo_is_loaded_and_tells_its_host_nothing_but_that(
    https_server: Server, page: Page, open_site: OpenSite, certificate: Certificate
) -> None:
    cdn = await open_site(f"cdn.{DOMAIN}", certificate=certificate)
    logo = f"{cdn.origin}/logo.png"
    client = await https_server.make_client()
    await vouched_for(https_server, client, logo_uri=logo, verified=True)
    said, asked = complaints_of(page), watch_requests(page)
    await page.goto(authorization_url(https_server, client))
    async with page.expect_request(logo) as loaded:
        await sign_in(page)
    assert not (await (await loaded.value).all_headers()).get("referer")
    assert [each for each in asked if each.startswith(cdn.origin)] == [logo]
    assert said == []
    # What it serves is no picture: the letter covers the browser's sign for that.
    letter = "getComputedStyle(document.querySelector('.initial img'), '::after')"
    assert await page.evaluate(f"[{letter}.content, {letter}.width, {letter}.height]") == ['"E"', "52px", "52px"]


async def test_a_strangers_logo_is_never_asked_for(
    https_server: Server, page: Page, open_site: OpenSite, certificate: Certificate
) -> None:
    cdn = await open_site(f"cdn.{DOMAIN}", certificate=certificate)
    client = await https_server.register_client(logo_uri=f"{cdn.origin}/logo.png", client_name="Stranger")
    await page.goto(authorization_url(https_server, client))
    await sign_in(page)
    await page.wait_for_selector(ALLOW)
    await page.wait_for_load_state("networkidle")
    assert cdn.paths == []


async def test_two_answers_weigh_the_same(live_server: Server, themed: Page) -> None:
    await themed.goto(authorization_url(live_server, await live_server.make_client()))
    await sign_in(themed)
    boxes = [await themed.locator(button).bounding_box() for button in (DENY, ALLOW)]
    deny, allow = [{"y": box["y"], "width": box["width"], "height": box["height"]} for box in boxes if box]
    assert deny == allow
