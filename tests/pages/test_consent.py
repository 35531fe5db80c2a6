"""Asking a person, and taking the answer."""

import httpx
import pytest
from msgspec.structs import replace
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.actors import CALLBACK
from tests.support.api import query_of
from tests.support.server import EMAIL, ISSUER, PASSWORD, Server

from grantwell.pages.consent_cookies import FORGOTTEN_AT_ONCE, KEPT
from grantwell.protocol.changes import ReplaceClient
from grantwell.protocol.consent_token import browser_binding

SCOPES = [
    {"id": "calls", "name": "See your calls", "description": "Numbers and times."},
    {"id": "messages", "name": "Send messages", "description": "From your numbers."},
]


@pytest.fixture
async def visitor(server: Server) -> Visitor:
    visitor = Visitor(server)
    await visitor.sign_in()
    return visitor


async def test_a_stranger_signs_in_is_asked_and_allows(server: Server) -> None:
    client = await server.make_client()
    stranger = Visitor(server)
    asked_at = await stranger.ask(client, state="st&te=1")
    sign_in = goes_to(await stranger.get(asked_at))
    assert sign_in.startswith("/sign-in?return_to=%2Fconsent%3Fconsent_token%3D")
    signed_in = await stranger.submit(await stranger.get(sign_in), "/sign-in", email=EMAIL, password=PASSWORD)
    assert goes_to(signed_in) == asked_at
    page = await stranger.get(asked_at)
    went = goes_to(await stranger.submit(page, "/consent", decision="allow"))
    assert went.startswith(CALLBACK)
    assert (query_of(went)["state"], query_of(went)["iss"]) == ("st&te=1", ISSUER)
    tokens = await server.exchange(client, query_of(went)["code"])
    assert await server.is_live(tokens["access_token"])


async def test_denying_tells_the_client_and_grants_nothing(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    page = await visitor.get(await visitor.ask(client, state="s"))
    went = query_of(goes_to(await visitor.submit(page, "/consent", decision="deny")))
    assert (went["error"], went["state"]) == ("access_denied", "s")
    assert "code" not in went
    assert await server.grants() == []


async def test_allow_and_deny_are_equally_easy(server: Server, visitor: Visitor) -> None:
    page = read(await visitor.get(await visitor.ask(await server.make_client())))
    (form,) = [form for form in page.forms if form.action == "/consent"]
    assert form.buttons == [("decision", "deny"), ("decision", "allow")]


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_a_double_click_ends_where_a_single_one_does(server: Server, visitor: Visitor, decision: str) -> None:
    page = await visitor.get(await visitor.ask(await server.make_client()))
    first = goes_to(await visitor.submit(page, "/consent", decision=decision))
    assert goes_to(await visitor.submit(page, "/consent", decision=decision)) == first


async def test_who_has_decided_cannot_decide_otherwise(server: Server, visitor: Visitor) -> None:
    page = await visitor.get(await visitor.ask(await server.make_client()))
    await visitor.submit(page, "/consent", decision="deny")
    answer = await visitor.submit(page, "/consent", decision="allow")
    assert "This question was already answered. Go back to the app and start again" in read(answer, 422).text


async def test_the_page_says_who_asks_for_what_and_where_the_answer_goes(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    client = await server.make_client(
        name="Dashboard", allowed_scopes=["calls", "messages"], tos_uri="https://client.example/terms"
    )
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(
        await visitor.get(await visitor.ask(client, scope="calls messages", resource="https://mcp.example/mcp"))
    )
    for shown in (
        "Dashboard asks for your permission",
        "Of your organization Your own organization made this app",
        "See your calls Numbers and times.",
        "Send messages From your numbers.",
        "At https://mcp.example/mcp",
        "Your answer will be sent to: client.example",
        f"Signed in as {EMAIL}",
        client.client_id,
    ):
        assert shown in page.text
    terms = page.links["Terms of service"]
    assert (terms["href"], terms["rel"]) == ("https://client.example/terms", "noreferrer noopener")


async def test_a_client_that_nobody_vouches_for_is_warned_of(server: Server, visitor: Visitor) -> None:
    client = await server.register_client(client_name="Coding Assistant")
    page = read(await visitor.get(await visitor.ask(client)))
    assert "Not verified. Anybody can give an app this name." in page.text


async def test_a_colleague_of_another_organization_is_warned_of_an_app_of_this_one(server: Server) -> None:
    await server.make_person("ada@example.com", password="a password of hers")
    stranger = Visitor(server)
    await stranger.sign_in("ada@example.com", "a password of hers")
    page = read(await stranger.get(await stranger.ask(await server.make_client())))
    assert "Not verified." in page.text
    assert "Of your organization" not in page.text


async def verify(server: Server, client_id: str) -> None:
    """What an operator does at the command line."""
    found = await server.backend.client(client_id)
    assert found is not None
    await server.backend.apply([ReplaceClient(replace(found, verified=True), found.revision)])


LOGO = "https://cdn.client.example:8443/logo.png?size=2"


async def test_the_logo_of_a_verified_client_is_shown_and_its_origin_alone_is_let_in(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    client = await server.register_client(client_name="Fleet", logo_uri=LOGO)
    await verify(server, client.client_id)
    answer = await visitor.get(await visitor.ask(client))
    assert "Verified Grantwell knows who runs this app." in read(answer).text
    assert f'<img src="{LOGO}" alt="F" referrerpolicy="no-referrer">' in answer.text
    policy = answer.headers["content-security-policy"].split("; ")
    assert "img-src 'self' https://cdn.client.example:8443" in policy
    # Every other page keeps to itself.
    assert "img-src 'self'" in (await visitor.get("/")).headers["content-security-policy"].split("; ")


async def test_the_logo_of_a_stranger_is_neither_shown_nor_let_in(server: Server, visitor: Visitor) -> None:
    client = await server.register_client(client_name="Fleet", logo_uri=LOGO)
    answer = await visitor.get(await visitor.ask(client))
    assert "cdn.client.example" not in answer.text
    assert "img-src 'self'" in answer.headers["content-security-policy"].split("; ")


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }} {name}"])
async def test_a_scopes_words_are_text_and_nothing_else(start_server: StartServer, words: str) -> None:
    server = await start_server(scopes=[{"id": "calls", "name": words, "description": words}])
    client = await server.register_client(client_name="Fleet")
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(await visitor.get(await visitor.ask(client)))
    assert f"{words} {words}" in page.text
    assert "script" not in page.tags
    await server.approve(client)
    apps = read(await visitor.get("/account/apps"))
    assert words in apps.text
    # The brand's picture, and no other.
    assert apps.tags.count("img") == 1


async def test_what_is_new_since_last_time_is_marked(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    client = await server.register_client(client_name="Fleet")
    await server.approve(client, scope="calls")
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(await visitor.get(await visitor.ask(client, scope="calls messages")))
    assert "It would be able to: See your calls Numbers and times. Send messages New From your numbers." in page.text
    again = read(await visitor.get(await visitor.ask(client, scope="calls")))
    assert "It asks again to: See your calls" in again.text
    assert "You have allowed all of this before." in again.text


async def test_what_is_new_since_the_last_time_is_marked(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    client = await server.make_client(allowed_scopes=["calls", "messages"])
    visitor = Visitor(server)
    await visitor.sign_in()
    first = await visitor.get(await visitor.ask(client, scope="calls"))
    assert "New" not in read(first).text
    await visitor.submit(first, "/consent", decision="allow")
    page = read(await visitor.get(await visitor.ask(client, scope="calls messages")))
    assert "Send messages New" in page.text
    assert "See your calls New" not in page.text


@pytest.mark.parametrize(
    ("redirect_uri", "shown"),
    [
        ("http://127.0.0.1:4711/cb", "127.0.0.1:4711 This sends the answer to a program on this computer."),
        ("cursor://oauth/cb", "cursor: This sends the answer to an app on this device."),
    ],
)
async def test_an_answer_to_this_device_is_warned_of(
    server: Server, visitor: Visitor, redirect_uri: str, shown: str
) -> None:
    client = await server.register_client(redirect_uris=[redirect_uri], client_name="Tool")
    page = read(await visitor.get(await visitor.ask(client)))
    assert f"Your answer will be sent to: {shown}" in page.text


async def test_what_was_allowed_before_is_not_asked_again(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    page = await visitor.get(await visitor.ask(client))
    await visitor.submit(page, "/consent", decision="allow")
    went = goes_to(await visitor.get(await visitor.ask(client, state="again")))
    assert went.startswith(CALLBACK)
    assert query_of(went)["state"] == "again"
    assert await server.exchange(client, query_of(went)["code"])


async def test_looking_at_the_headers_decides_nothing(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    await visitor.submit(await visitor.get(await visitor.ask(client)), "/consent", decision="allow")
    asked_at = await visitor.ask(client)
    assert (await visitor.http.head(asked_at)).status_code == 200
    assert goes_to(await visitor.get(asked_at)).startswith(CALLBACK)


async def test_a_client_that_wants_to_be_asked_is_asked(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    await visitor.submit(await visitor.get(await visitor.ask(client)), "/consent", decision="allow")
    page = read(await visitor.get(await visitor.ask(client, prompt="consent")))
    assert "You have allowed all of this before." in page.text


async def test_a_link_from_somebody_elses_browser_decides_nothing(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    attackers = Visitor(server)
    link = await attackers.ask(client)
    assert "was not started in this browser" in read(await visitor.get(link), 400).text
    own_page = await visitor.get(await visitor.ask(client))
    token = query_of(link)["consent_token"]
    answer = await visitor.submit(own_page, "/consent", decision="allow", consent_token=token)
    assert "was not started in this browser" in read(answer, 400).text
    assert await server.grants() == []


async def test_a_link_from_elsewhere_asks_to_sign_in_and_decides_nothing_afterwards(server: Server) -> None:
    link = await Visitor(server).ask(await server.make_client())
    victim = Visitor(server)
    assert goes_to(await victim.get(link)).startswith("/sign-in?return_to=")
    await victim.sign_in()
    assert "was not started in this browser" in read(await victim.get(link), 400).text


@pytest.mark.parametrize("token", ["", "a b", "x%2F..%2Fsign-out", "x" * 9000])
async def test_what_cannot_be_a_consent_token_is_refused_at_once(server: Server, token: str) -> None:
    answer = await Visitor(server).get(f"/consent?consent_token={token}")
    assert answer.status_code == 400


async def test_another_name_of_the_same_computer_is_hinted_at(server: Server) -> None:
    visitor = Visitor(server)
    visitor.http.base_url = httpx.URL("http://localhost:8000")
    asked_at = await visitor.ask(await server.make_client())
    visitor.http.base_url = httpx.URL(ISSUER)
    await visitor.sign_in()
    assert f"This server goes by {ISSUER}, and no other name." in read(await visitor.get(asked_at), 400).text


async def test_the_cookie_of_one_request_opens_no_other(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    own, link = await visitor.ask(client), await Visitor(server).ask(client)
    assert (await visitor.get(own)).status_code == 200
    assert (await visitor.get(link)).status_code == 400


async def bound_requests(visitor: Visitor, asked: list[str]) -> list[bool]:
    """Which of these requests the browser still has the cookie of."""
    names = [browser_binding(query_of(each)["consent_token"], secure=False)[0] for each in asked]
    return [name in visitor.http.cookies for name in names]


async def test_a_browser_that_is_sent_here_over_and_over_keeps_the_cookies_of_the_newest_requests(
    server: Server, visitor: Visitor
) -> None:
    client = await server.make_client()
    asked = [await visitor.ask(client) for _ in range(KEPT + 5)]
    page = await visitor.get(asked[-1])
    assert await bound_requests(visitor, asked) == [False] * 4 + [True] * (KEPT + 1)
    assert goes_to(await visitor.submit(page, "/consent", decision="allow")).startswith(CALLBACK)


async def test_the_request_that_is_asked_about_is_never_forgotten(server: Server, visitor: Visitor) -> None:
    client = await server.make_client()
    asked = [await visitor.ask(client) for _ in range(KEPT + 5)]
    page = await visitor.get(asked[0])
    assert (await bound_requests(visitor, asked))[:2] == [True, False]
    assert goes_to(await visitor.submit(page, "/consent", decision="allow")).startswith(CALLBACK)


async def test_an_answer_never_asks_a_browser_to_forget_more_than_a_proxy_lets_through(
    server: Server, visitor: Visitor
) -> None:
    client = await server.make_client()
    asked = [await visitor.ask(client) for _ in range(KEPT + 2 * FORGOTTEN_AT_ONCE)]
    answer = await visitor.get(asked[-1])
    assert len(answer.headers.get_list("set-cookie")) == FORGOTTEN_AT_ONCE
    assert sum(map(len, answer.headers.get_list("set-cookie"))) < 4000


async def test_a_stranger_who_is_sent_to_sign_in_forgets_them_too(server: Server) -> None:
    client, stranger = await server.make_client(), Visitor(server)
    asked = [await stranger.ask(client) for _ in range(KEPT + 3)]
    assert goes_to(await stranger.get(asked[-1])).startswith("/sign-in")
    assert await bound_requests(stranger, asked) == [False] * 2 + [True] * (KEPT + 1)


@pytest.mark.parametrize("token", ["", "..", "../../oauth_clients", "a/b", "a?b", "x" * 9000, "é", "a.b.c.d.e"])
async def test_what_is_no_consent_token_is_refused(server: Server, visitor: Visitor, token: str) -> None:
    name, value = browser_binding(token, secure=False)
    visitor.http.cookies.set(name, value, domain="127.0.0.1")
    answer = await visitor.get("/consent", params={"consent_token": token})
    assert answer.status_code in (400, 422)
    assert "start again" in read(answer, answer.status_code).text


async def test_an_expired_request_has_to_be_started_again(server: Server, visitor: Visitor) -> None:
    asked_at = await visitor.ask(await server.make_client())
    page = await visitor.get(asked_at)
    server.clock.advance(server.app.settings.consent_token_seconds)
    for answer in (await visitor.get(asked_at), await visitor.submit(page, "/consent", decision="allow")):
        assert "The time to answer has run out. Go back to the app" in read(answer, 422).text


async def test_an_answer_without_the_pages_token_decides_nothing(server: Server, visitor: Visitor) -> None:
    asked_at = await visitor.ask(await server.make_client())
    page = await visitor.get(asked_at)
    answer = read(await visitor.submit(page, "/consent", drop="form_token", decision="allow"), 403)
    assert answer.links["Open it again"]["href"] == asked_at
    assert await server.grants() == []


async def test_an_answer_from_a_page_of_another_person_decides_nothing(server: Server, visitor: Visitor) -> None:
    """Two tabs: one has changed the account since the other one asked."""
    await server.make_colleague("grace@example.com", password=PASSWORD)
    page = await visitor.get(await visitor.ask(await server.make_client()))
    await visitor.sign_in("grace@example.com")
    assert (await visitor.submit(page, "/consent", decision="allow")).status_code == 403


async def test_an_answer_after_signing_out_leads_back_through_signing_in(server: Server, visitor: Visitor) -> None:
    asked_at = await visitor.ask(await server.make_client())
    page = await visitor.get(asked_at)
    await visitor.submit(await visitor.get("/"), "/sign-out")
    answer = await visitor.submit(page, "/consent", decision="allow")
    assert query_of(goes_to(answer))["return_to"] == asked_at
    assert await server.grants() == []


@pytest.mark.parametrize("decision", ["", "yes", "true", "ALLOW"])
async def test_what_is_no_answer_decides_nothing(server: Server, visitor: Visitor, decision: str) -> None:
    page = await visitor.get(await visitor.ask(await server.make_client()))
    assert "Nothing was decided." in read(await visitor.submit(page, "/consent", decision=decision), 400).text
    assert await server.grants() == []


async def test_one_can_change_the_account_and_come_back(server: Server, visitor: Visitor) -> None:
    person = await server.make_colleague("grace@example.com", password=PASSWORD)
    client = await server.make_client()
    asked_at = await visitor.ask(client)
    out = goes_to(await visitor.submit(await visitor.get(asked_at), "/sign-out"))
    assert out == asked_at
    sign_in = await visitor.get(goes_to(await visitor.get(out)))
    answer = await visitor.submit(sign_in, "/sign-in", email="grace@example.com", password=PASSWORD)
    page = await visitor.get(goes_to(answer))
    assert "Signed in as grace@example.com" in read(page).text
    await visitor.submit(page, "/consent", decision="allow")
    assert len(await server.grants(key=person.api_key)) == 1
    assert await server.grants() == []


async def test_neither_state_nor_code_is_ever_in_a_page(server: Server, visitor: Visitor) -> None:
    client = await server.register_client(redirect_uris=["cursor://oauth/cb"])
    visitor.http.headers["sec-fetch-mode"] = "navigate"
    visitor.http.headers["sec-fetch-site"] = "same-origin"
    page = await visitor.get(await visitor.ask(client, state="the-clients-own-state"))
    left = await visitor.submit(page, "/consent", decision="allow")
    assert "code=gw_code_" in left.headers["refresh"]
    for shown in (page, left):
        for secret in ("the-clients-own-state", "gw_code_", "gw_session_", "eyJhbGciOiJFUzI1NiI"):
            assert secret not in shown.text


async def test_an_app_on_this_device_is_opened_from_a_page_that_stays(server: Server, visitor: Visitor) -> None:
    client = await server.register_client(redirect_uris=["cursor://oauth/cb"])
    visitor.http.headers["sec-fetch-mode"] = "navigate"
    page = await visitor.get(await visitor.ask(client))
    left = await visitor.submit(page, "/consent", decision="allow")
    assert "You have allowed it" in read(left).text
    assert left.headers["refresh"].startswith("0; url=cursor://oauth/cb?code=gw_code_")
    # Its button does once more what the page does by itself.
    again = await visitor.submit(left, "/consent", decision="allow")
    assert again.headers["refresh"] == left.headers["refresh"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&amp;"]
)
async def test_a_clients_name_is_text_and_nothing_else(server: Server, visitor: Visitor, name: str) -> None:
    client = await server.make_client(name=name)
    page = read(await visitor.get(await visitor.ask(client)))
    assert f"{name} asks for your permission" in page.text
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
