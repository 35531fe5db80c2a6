"""Signing in and out."""

import pytest
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import EMAIL, PASSWORD, Server

SESSION = "grantwell_session"
CONSENT = "/consent?consent_token=a.b.c"


async def test_whoever_signs_in_is_sent_where_they_wanted_to_go(server: Server) -> None:
    visitor = Visitor(server)
    assert goes_to(await visitor.sign_in(return_to="/docs")) == "/docs"
    assert f"You are signed in as {EMAIL}" in read(await visitor.get("/")).text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
async def test_nobody_is_sent_to_another_site_after_signing_in(server: Server, elsewhere: str) -> None:
    visitor = Visitor(server)
    page = await visitor.get("/sign-in", params={"return_to": elsewhere})
    assert "evil" not in page.text
    answer = await visitor.submit(page, "/sign-in", email=EMAIL, password=PASSWORD, return_to=elsewhere)
    assert goes_to(answer) == "/"


async def test_an_unknown_address_and_a_wrong_password_read_the_same(server: Server) -> None:
    pages = []
    for email, password in ((EMAIL, "wrong"), ("nobody@example.com", PASSWORD)):
        page = read(await Visitor(server).sign_in(email, password, CONSENT), 422)
        (form,) = page.forms
        assert form.fields["return_to"] == CONSENT
        assert form.fields["email"] == email
        pages.append(page.text.replace(email, ""))
    assert pages[0] == pages[1]
    assert "Email address or password is wrong." in pages[0]


async def test_a_password_never_comes_back(server: Server) -> None:
    visitor = Visitor(server)
    assert "hunter2hunter2" not in (await visitor.sign_in(EMAIL, "hunter2hunter2")).text
    assert visitor.cookie(SESSION) is None


@pytest.mark.parametrize(("email", "password"), [("", ""), (EMAIL, ""), ("", PASSWORD), ("a" * 400, "x"), ("\0", "\0")])
async def test_what_cannot_be_a_sign_in_is_asked_for_again(server: Server, email: str, password: str) -> None:
    assert (
        "Enter your email address and your password." in read(await Visitor(server).sign_in(email, password), 422).text
    )


async def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    first = visitor.cookie(SESSION)
    assert first
    await visitor.sign_in()
    assert visitor.cookie(SESSION) not in (None, first)
    old = await server.http.post("/v2/sessions/token", json={"session": first})
    assert old.status_code == 401


async def test_a_session_that_somebody_else_planted_is_not_signed_in_with(server: Server) -> None:
    attacker, victim = Visitor(server), Visitor(server)
    await server.make_person("mallory@example.com", password=PASSWORD)
    await attacker.sign_in("mallory@example.com")
    planted = attacker.cookie(SESSION)
    victim.http.cookies.set(SESSION, planted or "", domain="127.0.0.1")
    await victim.sign_in()
    assert victim.cookie(SESSION) != planted
    assert EMAIL in read(await victim.get("/")).text
    assert EMAIL not in read(await attacker.get("/")).text


async def test_over_https_cookies_bear_the_host_prefix(start_server: StartServer) -> None:
    visitor = Visitor(await start_server(issuer="https://auth.example.com"))
    answer = await visitor.sign_in()
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-grantwell_session=gw_session_")
    assert {each.strip() for each in cookie.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}


async def test_over_loopback_cookies_do_without_what_needs_https(server: Server) -> None:
    (cookie,) = (await Visitor(server).sign_in()).headers.get_list("set-cookie")
    assert cookie.startswith("grantwell_session=gw_session_")
    assert {each.strip() for each in cookie.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=lax"}


async def test_a_sign_in_without_the_pages_token_signs_nobody_in(server: Server) -> None:
    visitor = Visitor(server)
    page = await visitor.get("/sign-in", params={"return_to": "/docs"})
    answer = await visitor.submit(page, "/sign-in", drop="form_token", email=EMAIL, password=PASSWORD)
    again = read(answer, 403)
    assert "Please sign in once more." in again.text
    assert visitor.cookie(SESSION) is None
    # The page that it comes back with does work.
    assert goes_to(await visitor.submit(answer, "/sign-in", password=PASSWORD)) == "/docs"


async def test_the_token_of_somebody_elses_page_signs_nobody_in(server: Server) -> None:
    theirs = await Visitor(server).get("/sign-in")
    victim = Visitor(server)
    await victim.get("/sign-in")
    answer = await victim.submit(theirs, "/sign-in", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 403
    assert victim.cookie(SESSION) is None


async def test_a_page_stays_usable_when_another_tab_opens_one_as_well(server: Server) -> None:
    visitor = Visitor(server)
    page = await visitor.get("/sign-in")
    await visitor.get("/sign-in")
    assert goes_to(await visitor.submit(page, "/sign-in", email=EMAIL, password=PASSWORD)) == "/"


async def test_too_many_attempts_are_told_when_to_come_back(start_server: StartServer) -> None:
    server = await start_server(rate_limits={"sign_in_account": "2/minute"})
    visitor = Visitor(server)
    for _ in range(2):
        assert (await visitor.sign_in(EMAIL, "wrong")).status_code == 422
    answer = await visitor.sign_in(return_to=CONSENT)
    page = read(answer, 429)
    assert f"Too many attempts. Try again in {answer.headers['retry-after']} seconds." in page.text
    assert page.forms[0].fields["return_to"] == CONSENT
    # Who tries from elsewhere is somebody else, and is not locked out.
    assert goes_to(await Visitor(server, address="192.0.2.8").sign_in()) == "/"


async def test_whoever_is_signed_in_already_can_go_on_or_change(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(await visitor.get("/sign-in", params={"return_to": "/docs"}))
    assert f"You are signed in as {EMAIL}" in page.text
    assert page.links["Continue"]["href"] == "/docs"


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    secret = visitor.cookie(SESSION)
    assert goes_to(await visitor.submit(await visitor.get("/"), "/sign-out")) == "/"
    assert visitor.cookie(SESSION) is None
    assert (await server.http.post("/v2/sessions/token", json={"session": secret})).status_code == 401
    assert "Sign in" in read(await visitor.get("/")).text


async def test_nobody_else_can_sign_somebody_out(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    answer = await visitor.submit(await visitor.get("/"), "/sign-out", drop="form_token")
    assert "You are still signed in." in read(answer, 403).text
    assert EMAIL in read(await visitor.get("/")).text


async def test_signing_out_twice_is_no_error(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    page = await visitor.get("/")
    await visitor.submit(page, "/sign-out")
    assert goes_to(await visitor.submit(page, "/sign-out")) == "/"


@pytest.mark.parametrize("secret", ["gw_session_unknown", "x", "%00", '"quoted"', "é", "a" * 3000])
async def test_a_session_that_is_none_is_like_none(server: Server, secret: str) -> None:
    page = await Visitor(server).get("/", headers={"cookie": f"{SESSION}={secret}".encode()})
    assert "Sign in" in read(page).text


async def test_an_expired_session_is_over(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    server.clock.advance(server.app.settings.session_seconds)
    assert "Sign in" in read(await visitor.get("/")).text


async def test_an_api_key_in_the_header_signs_nobody_in(server: Server) -> None:
    page = await Visitor(server).get("/", headers={"Authorization": f"Bearer {server.api_key}"})
    assert EMAIL not in read(page).text
