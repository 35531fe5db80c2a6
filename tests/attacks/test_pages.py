"""The pages, by somebody who sends what no browser does."""

import pytest
from tests.conftest import StartServer
from tests.pages.visitor import Visitor
from tests.requirements.marker import requirement
from tests.support.server import EMAIL, PASSWORD, Server
from tests.support.wire import assert_page, assert_refused

ODD_ORIGINS = ["http://[", "http://[::1", "http://127.0.0.1:99999999", "//127.0.0.1:8000", "http://a]b", "\x7f", ""]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/consent"])
@pytest.mark.parametrize("origin", ODD_ORIGINS)
@requirement("attacks.odd-origin")
async def test_an_origin_that_is_none_is_another_site(server: Server, path: str, origin: str) -> None:
    answer = await Visitor(server).http.post(path, data={"a": "b"}, headers={"origin": origin})
    assert "came from another site" in assert_page(answer, 403)


@requirement("attacks.odd-origin")
async def test_the_same_host_without_tls_is_another_site(start_server: StartServer) -> None:
    server = await start_server(issuer="https://auth.example")
    for origin in ("http://auth.example", "https://auth.example:444", "https://auth.example.evil.example"):
        answer = await server.http.post("/sign-in", data={"a": "b"}, headers={"origin": origin})
        assert_page(answer, 403)
    ours = await server.http.post("/sign-in", data={"a": "b"}, headers={"origin": "https://auth.example"})
    assert "came from another site" not in ours.text


# A quoted cookie may hold any character, written as a number.
ODD_COOKIES = ['"\\000"', '"a\\000b"', '"\\377"', "", '"', "a" * 5000, "gw_session_\x7f"]


@pytest.mark.parametrize("cookie", ODD_COOKIES)
@requirement("attacks.odd-cookies")
async def test_a_cookie_that_is_none_of_ours_is_like_none(server: Server, cookie: str) -> None:
    headers = {"cookie": f"grantwell_session={cookie}; grantwell_visitor={cookie}"}
    home = await server.http.get("/", headers=headers)
    assert (home.status_code, "Sign in" in home.text) == (200, True)
    assert (await server.http.get("/sign-in", headers=headers)).status_code == 200
    sent_on = await server.authorize(await server.make_client())
    binding = sent_on.headers["set-cookie"].partition(";")[0]
    asked = await server.http.get(sent_on.headers["location"], headers={"cookie": f"{binding}; {headers['cookie']}"})
    assert asked.headers["location"].startswith("/sign-in?")
    signed_out = await server.http.post("/sign-out", data={"form_token": "x"}, headers=headers)
    assert signed_out.status_code in (303, 403)


PATHS = ["/sign-in/", "/sign-out/", "/consent/", "/docs/", "/static", "/sign-in%2F", "/consent;x", "/SIGN-IN"]


@pytest.mark.parametrize("path", PATHS)
@requirement("attacks.no-307")
async def test_nothing_is_sent_on_to_a_path_that_only_looks_alike(server: Server, path: str) -> None:
    """307 would hand a password on; and where to would come from the request's Host, without TLS."""
    form = {"email": EMAIL, "password": PASSWORD}
    for answer in (
        await server.http.post(path, data=form),
        await server.http.get(path, params={"consent_token": "x"}),
    ):
        assert_refused(answer, 404, "not_found")
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000@evil.example", "localhost:@evil.example:1", "localhost:x", "[::1]:x", "127.0.0.1:8000:1", ":8000"],
)
@requirement("wire.host")
async def test_a_host_that_only_begins_like_ours_is_another(server: Server, host: str) -> None:
    answer = await server.http.get("/healthz", headers={"Host": host})
    assert_refused(answer, 421, "invalid_request")
