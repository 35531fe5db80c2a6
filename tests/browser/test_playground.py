"""The playground: a developer tries a client's flows in a real browser, and nothing that anybody says runs there."""

import json
import re
from urllib.parse import urlencode

from playwright.async_api import Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import ALLOW, DENY, sign_in
from tests.browser.test_attacks import PAYLOADS, complaints_of
from tests.support.server import Server

PATH = "/console/playground"
ACCESS, REFRESH = "access_token", "refresh_token"


async def enter(page: Page, server: Server, path: str = PATH) -> None:
    await page.goto(f"{server.app.settings.issuer}{path}")
    await sign_in(page)
    await page.wait_for_url(f"**{PATH}**")


async def act(page: Page, what: str, token: str) -> None:
    """Press one of the buttons below the tokens, and wait until the answer stands in the log."""
    before = await page.locator(".exchange").count()
    await page.click(f"[data-act={what}][data-token={token}]")
    await expect(page.locator(".exchange")).to_have_count(before + 1)


async def kept(page: Page) -> str:
    """All that the tab remembers."""
    return str(await page.evaluate("JSON.stringify({...sessionStorage}) + JSON.stringify({...localStorage})"))


async def authorize(page: Page, decision: str = ALLOW) -> None:
    """From the first step to the second."""
    await page.click("[data-part=ask] button:not([type=button])")
    await page.click(decision)
    await page.wait_for_url(f"**{PATH}/callback")


async def get_tokens(page: Page) -> None:
    await authorize(page)
    await page.get_by_role("link", name="Go on in the playground").click()
    await page.click("[data-part=exchange] button:not([type=button])")
    await page.wait_for_selector("[data-part=tokens]:not([hidden])")


async def held(page: Page) -> dict[str, str]:
    """The tokens that the tab has."""
    text = await page.evaluate("sessionStorage.getItem('grantwell.playground')")
    tokens: dict[str, str] = json.loads(text)["tokens"]
    return tokens


async def test_a_developer_tries_the_whole_flow_and_sees_what_the_tokens_say(live_server: Server, page: Page) -> None:
    said = complaints_of(page)
    await enter(page, live_server)
    await page.click("text=Make a client for a try")
    await authorize(page)
    await expect(page.locator(".checks .tag")).to_have_text(["Holds"] * 3)
    assert page.url.endswith("/callback")
    await page.get_by_role("link", name="Go on in the playground").click()
    await page.click("[data-part=exchange] button:not([type=button])")

    tokens = page.locator("[data-part=tokens]")
    await expect(tokens.get_by_role("row", name="aud")).to_contain_text(live_server.app.settings.issuer)
    await expect(page.locator(".exchange h3")).to_have_text(["Code for tokens HTTP 200", "Authorization request"])
    first = await held(page)
    assert await live_server.is_live(first[ACCESS])
    # Nothing of it is to be seen before somebody asks for it.
    assert first[ACCESS] not in await page.content()
    await tokens.get_by_role("button", name="Show what is hidden").first.click()
    await expect(tokens).to_contain_text(first[ACCESS])

    await act(page, "refresh", REFRESH)
    second = await held(page)
    assert await live_server.is_live(second[ACCESS])
    assert second[REFRESH] != first[REFRESH]
    await page.click("[data-part=forget]")
    await expect(tokens).to_be_hidden()
    assert "gw_refresh_" not in await kept(page)
    await page.click("text=Delete this client")
    await expect(page.get_by_role("status")).to_contain_text("The client is deleted")
    assert not await live_server.is_live(second[ACCESS])
    assert said == []


async def test_a_token_that_is_revoked_is_shown_dead_with_the_reason(live_server: Server, page: Page) -> None:
    await enter(page, live_server)
    await page.click("text=Make a client for a try")
    await get_tokens(page)
    tokens = page.locator("[data-part=tokens]")
    await act(page, "introspect", ACCESS)
    await expect(tokens.get_by_role("heading", name="Access token Active")).to_be_visible()
    await act(page, "revoke", ACCESS)
    await act(page, "introspect", ACCESS)
    await expect(tokens).to_contain_text("Not active: token_revoked")
    await act(page, "introspect", REFRESH)
    await expect(tokens.get_by_role("heading", name="Refresh token Active")).to_be_visible()
    await act(page, "revoke", REFRESH)
    await act(page, "introspect", REFRESH)
    await expect(tokens).to_contain_text("Not active: lineage_revoked")
    await act(page, "refresh", REFRESH)
    refused = page.locator(".exchange").first
    await expect(refused.locator("h3")).to_have_text("Refresh HTTP 400")
    await expect(refused.get_by_role("link")).to_have_attribute("href", re.compile("^/console/errors/[0-9a-f]{24}$"))
    reason = tokens.get_by_role("link", name="Not active: lineage_revoked")
    async with page.expect_popup() as opened:
        await reason.click()
    await expect((await opened.value).locator("h1")).to_contain_text("lineage_revoked")
    assert not await live_server.is_live((await held(page))[ACCESS])


async def test_a_confidential_clients_secret_is_typed_in_and_kept_nowhere(live_server: Server, page: Page) -> None:
    client = await live_server.make_client(redirect_uris=["https://client.example/callback"])
    await enter(page, live_server, f"{PATH}?client_id={client.client_id}")
    await page.click("text=Add it to the client")
    await page.wait_for_selector("[data-part=ask]")
    await page.click("text=Send the token request >> nth=-1")
    await expect(page.locator("[data-part=status]")).to_have_text("Enter the client secret first.")
    await page.fill("#client-secret", client.client_secret or "")
    await page.click("text=Send the token request >> nth=-1")
    await page.wait_for_selector("[data-part=tokens]:not([hidden])")
    await act(page, "introspect", ACCESS)
    await expect(page.locator("[data-part=tokens]")).to_contain_text("Active")
    shown = await page.inner_text(".exchange >> nth=0")
    assert "authorization: (not kept)" in shown.lower()
    await page.get_by_role("button", name="Show what is hidden").last.click()
    assert (client.client_secret or "?") not in await kept(page) + await page.inner_text("main")
    await page.reload()
    await expect(page.locator("#client-secret")).to_have_value("")


async def test_whoever_denies_sees_the_error_and_no_code(live_server: Server, page: Page) -> None:
    await enter(page, live_server)
    await page.click("text=Make a client for a try")
    await authorize(page, DENY)
    await expect(page.locator("#playground")).to_contain_text("access_denied")
    await page.get_by_role("link", name="Go on in the playground").click()
    await expect(page.get_by_text("There is no code to exchange")).to_be_visible()
    await expect(page.locator("[data-part=exchange]")).to_be_hidden()


async def test_an_answer_that_this_tab_did_not_ask_for_is_dropped(live_server: Server, page: Page) -> None:
    issuer = live_server.app.settings.issuer
    await enter(page, live_server)
    await page.click("text=Make a client for a try")
    await page.wait_for_selector("[data-part=ask]")
    for answer in (
        {"code": "gw_code_of-somebody", "state": "another", "iss": issuer},
        {"code": "gw_code_of-somebody", "state": "", "iss": "https://elsewhere.example"},
        {"code": "gw_code_of-somebody"},
    ):
        await page.goto(f"{issuer}{PATH}/callback?{urlencode(answer)}")
        await expect(page.locator("#playground")).to_contain_text("A client must drop it here")
        assert "gw_code_" not in page.url + await kept(page)


async def test_nothing_that_a_client_or_an_answer_says_runs(live_server: Server, page: Page) -> None:
    issuer = live_server.app.settings.issuer
    said = complaints_of(page)
    await enter(page, live_server)
    for payload in PAYLOADS:
        client = await live_server.make_client(name=payload, redirect_uris=[f"{issuer}{PATH}/callback"])
        await page.goto(f"{issuer}{PATH}")
        await expect(page.get_by_role("link", name=payload, exact=True)).to_be_visible()
        await page.goto(f"{issuer}{PATH}?client_id={client.client_id}")
        await expect(page.locator("#of-client bdi")).to_have_text(payload)
        await page.fill("[name=resource]", payload)
        answer = {"error": "access_denied", "error_description": payload, "state": payload, "iss": payload}
        await page.goto(f"{issuer}{PATH}/callback?{urlencode(answer | {payload: payload})}")
        await expect(page.locator("#playground .details")).to_contain_text(payload)
        assert "owned" not in (await page.title()).replace(payload, "")
        assert await page.locator("main :is(script, svg, img, iframe)").count() == 0
    assert said == []


async def test_what_one_person_got_is_gone_for_the_next_one_at_this_tab(live_server: Server, page: Page) -> None:
    await live_server.make_colleague("grace@example.com", password="a password of her own")
    await enter(page, live_server)
    await page.click("text=Make a client for a try")
    await get_tokens(page)
    here = page.url
    await page.click("text=Sign out")
    await page.goto(here)
    await sign_in(page, "grace@example.com", "a password of her own")
    await page.wait_for_selector("[data-part=ask]")
    assert "gw_refresh_" not in await kept(page)


async def test_every_step_can_be_read_and_used(live_server: Server, themed: Page) -> None:
    await enter(themed, live_server)
    await assert_accessible(themed)
    await themed.click("text=Make a client for a try")
    await themed.wait_for_selector("[data-part=asked] pre")
    await assert_accessible(themed)
    await authorize(themed)
    await assert_accessible(themed)
    await themed.get_by_role("link", name="Go on in the playground").click()
    await themed.click("[data-part=exchange] button:not([type=button])")
    await themed.wait_for_selector("[data-part=tokens]:not([hidden])")
    await act(themed, "introspect", ACCESS)
    await assert_accessible(themed)
    width = await themed.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] == width[1]
