"""The pages that anybody comes to, as axe-core sees them; and that it would see a fault."""

from playwright.async_api import Page
from tests.browser.accessible import accessibility_faults, assert_accessible
from tests.browser.person import ALLOW, authorization_url, sign_in
from tests.support.server import Server


async def test_a_page_without_names_for_its_fields_is_found_out(page: Page) -> None:
    await page.set_content("<html lang=en><title>x</title><main><h1>x</h1><input name=y></main></html>")
    (fault,) = await accessibility_faults(page)
    assert fault.startswith("critical: Form elements must have labels (label)")


async def test_the_way_of_a_stranger_can_be_gone_by_everybody(live_server: Server, themed: Page) -> None:
    client = await live_server.register_client(
        redirect_uris=["http://127.0.0.1/callback"], client_name="Example", tos_uri="https://client.example/terms"
    )
    issuer = live_server.app.settings.issuer
    for path in ("/", "/docs", "/consent?consent_token=x"):
        await themed.goto(issuer + path)
        await assert_accessible(themed)
    await themed.goto(authorization_url(live_server, client, client_id="nobody"))
    await assert_accessible(themed)
    await themed.goto(authorization_url(live_server, client))
    await assert_accessible(themed)
    await sign_in(themed, password="wrong")
    await assert_accessible(themed)
    await sign_in(themed)
    await themed.wait_for_selector(ALLOW)
    await assert_accessible(themed)
    await themed.goto(f"{issuer}/")
    await assert_accessible(themed)
