"""Whoever runs the server, in a real browser: a key that has leaked, a question about a request, how busy it is."""

from playwright.async_api import Browser, Page, expect
from tests.browser.accessible import assert_accessible
from tests.browser.person import sign_in
from tests.conftest import StartServer
from tests.support.server import Server

KEYS, AUDIT, NUMBERS = "/console/signing-keys", "/console/audit", "/console/numbers"


async def open_page(server: Server, page: Page, path: str) -> None:
    """Go there, by way of the sign-in."""
    await page.goto(server.app.settings.issuer + path)
    await sign_in(page)
    await page.wait_for_url(f"{server.app.settings.issuer}{path}")


async def test_an_operator_removes_a_key_that_has_leaked_and_people_go_on_working(
    live_server: Server, page: Page
) -> None:
    client = await live_server.make_client()
    tokens = await live_server.log_in(client)
    await open_page(live_server, page, KEYS)
    await expect(page.locator("rect.phase.signs, rect.phase.planned").first).to_be_visible()
    await page.get_by_role("link", name="Remove").click()
    await expect(page.locator("h1")).to_contain_text("at once?")
    await page.get_by_role("link", name="Cancel").click()
    assert await live_server.is_live(tokens["access_token"])

    await page.get_by_role("link", name="Remove").click()
    await page.get_by_role("button", name="Remove it now").click()
    await expect(page.get_by_role("status")).to_contain_text("is removed.")
    await expect(page.locator("tbody tr")).to_have_count(2)
    await expect(page.locator("tbody .tag")).to_have_text(["Signs", "Removed"])
    assert not await live_server.is_live(tokens["access_token"])
    again = await live_server.refresh(client, tokens["refresh_token"])
    assert await live_server.is_live(again["access_token"])
    await page.reload()
    # What was said once is said once.
    await expect(page.get_by_role("status")).to_have_count(0)


async def test_the_next_key_is_made_without_a_mouse(live_server: Server, page: Page) -> None:
    await open_page(live_server, page, f"{KEYS}/rotate")
    await page.get_by_label("After everybody could learn of it").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("At once")).to_be_checked()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody .tag")).to_have_text(["Waits for its turn", "Signs"])


async def test_an_operator_finds_out_about_a_request_that_somebody_quotes(live_server: Server, page: Page) -> None:
    answer = await live_server.http.post("/v2/sessions", json={"email": "admin@example.com", "password": "wrong"})
    assert answer.status_code == 401
    for _ in range(60):
        await live_server.make_client()
    await open_page(live_server, page, AUDIT)
    await page.get_by_label("Request").fill(answer.headers["x-request-id"])
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".events > li")).to_have_count(1)
    await expect(page.locator(".events p")).to_contain_text("A sign-in as admin@example.com was refused")
    await page.get_by_text("Details", exact=True).click()
    await expect(page.get_by_role("link", name="sign_in_wrong_password")).to_be_visible()
    await page.get_by_role("link", name="Show everything").click()
    await page.get_by_role("link", name="Older").click()
    await expect(page.locator(".events > li").first).to_be_visible()
    await page.get_by_role("link", name="Newest").click()
    await expect(page.locator(".events > li")).to_have_count(50)


async def test_live_numbers_renew_themselves_until_one_says_pause(live_server: Server, page: Page) -> None:
    await open_page(live_server, page, NUMBERS)
    await expect(page.get_by_text("Nothing was refused within the last hour.")).to_be_visible()
    await page.clock.install()
    await page.reload()
    for _ in range(5):
        await live_server.http.post("/v2/oauth/token", data={"grant_type": "nothing"})
    live_server.clock.advance(10)
    await page.clock.run_for(10_500)
    await expect(page.get_by_role("cell", name="grant_type_unknown")).to_be_visible()

    await page.get_by_role("button", name="Pause").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.clock.run_for(60_000)
    assert asked == []
    async with page.expect_response(lambda answer: answer.url.endswith(NUMBERS)):
        await page.get_by_role("button", name="Go on").click()
        await page.clock.run_for(10_500)


async def test_numbers_keys_and_log_need_no_scripts(live_server: Server, browser: Browser) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await open_page(live_server, page, NUMBERS)
    await expect(page.locator("svg.lines")).to_have_count(3)
    await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    await page.get_by_role("link", name="Refresh").click()
    await page.goto(live_server.app.settings.issuer + AUDIT)
    await page.get_by_label("What happened").select_option("user.signed_in")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".events > li")).to_have_count(1)
    await page.close()


async def test_everybody_can_use_what_operators_use(live_server: Server, themed: Page) -> None:
    await live_server.make_client()
    await live_server.http.post("/v2/oauth/token", data={"grant_type": "nothing"})
    live_server.clock.advance(10)
    await open_page(live_server, themed, KEYS)
    (kid,) = [key.kid for key in live_server.app.driver.key_ring.keys.keys]
    paths = (KEYS, f"{KEYS}/rotate", f"{KEYS}/remove?kid={kid}", AUDIT, f"{AUDIT}?kind=nothing", f"{AUDIT}?from=x")
    for path in (*paths, NUMBERS):
        await themed.goto(live_server.app.settings.issuer + path)
        for details in await themed.locator("main details").all():
            await details.evaluate("each => { each.open = true }")
        await assert_accessible(themed)
        width = await themed.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, path


async def test_a_name_with_markup_stays_a_name_in_the_log(
    start_server: StartServer, live_server: Server, page: Page
) -> None:
    await live_server.make_client(name="<img src=x onerror=\"document.title='owned'\">")
    await open_page(live_server, page, AUDIT)
    await expect(page.locator(".events")).to_contain_text("<img src=x")
    assert await page.locator(".events img").count() == 0
    assert await page.title() != "owned"
