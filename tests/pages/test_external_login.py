"""Signing in at another provider: who comes in, and what no provider, neighbour or stranger gets by lying."""

import hmac
import json
from collections.abc import AsyncIterator, Callable
from time import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc.jwk import OctKey
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.openid_provider import (
    CLIENT_SECRET,
    KEY,
    OTHER_KEY,
    Provider,
    encode,
    running_provider,
    signed,
    unsigned,
)
from tests.support.server import EMAIL, PASSWORD, Server

VERIFIED = {"sub": "248289761001", "email": EMAIL, "email_verified": True}
BEGIN, CALLBACK = "/sign-in/external", "/sign-in/external/callback"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        yield made


@pytest.fixture
async def linking(provider: Provider, start_server: StartServer) -> Server:
    """A server that lets the provider's verified addresses find its users."""
    provider.person = dict(VERIFIED)
    return await start_server(**provider.settings(login_link_by_email=True))


async def go_there(visitor: Visitor, return_to: str = "/") -> str:
    """From our sign-in page to the provider, and to where it sends the browser."""
    page = await visitor.get("/sign-in", params={"return_to": return_to})
    link = read(page).links["Sign in with Example"]["href"]
    there = goes_to(await visitor.get(str(link)))
    async with httpx.AsyncClient() as elsewhere:
        return str((await elsewhere.get(there)).headers["location"])


async def sign_in(visitor: Visitor, return_to: str = "/") -> httpx.Response:
    return await visitor.get(await go_there(visitor, return_to))


async def signed_in_as(visitor: Visitor) -> str:
    """The address of who is signed in, as the start page says it; empty for nobody."""
    page = (await visitor.get("/console/playground", follow_redirects=False)).text
    return next((each for each in (EMAIL, "new@example.com", "other@example.com") if each in page), "")


async def test_a_verified_address_finds_its_user_once_and_from_then_on_the_subject_does(
    linking: Server, provider: Provider
) -> None:
    first = Visitor(linking)
    assert goes_to(await sign_in(first, "/docs?x=1")) == "/docs?x=1"
    assert await signed_in_as(first) == EMAIL
    # Whoever has another address there by now is still the same.
    provider.person |= {"email": "other@example.com", "email_verified": False}
    again = Visitor(linking)
    goes_to(await sign_in(again))
    assert await signed_in_as(again) == EMAIL
    kinds = [each.kind for each in await linking.audited()]
    assert kinds.count("user.external_identity_linked") == 1
    assert kinds.count("user.signed_in") == 2


async def test_the_request_there_is_bound_to_this_browser(linking: Server, provider: Provider) -> None:
    visitor = Visitor(linking)
    asked = httpx.URL(goes_to(await visitor.get(BEGIN))).params
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid email")
    other = httpx.URL(goes_to(await Visitor(linking).get(BEGIN))).params
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & set(other.values())


async def test_somebody_new_joins_the_organization_that_is_set_for_that(
    provider: Provider, start_server: StartServer
) -> None:
    provider.person = {"sub": "1", "email": "new@example.com", "email_verified": True}
    server = await start_server(**provider.settings(login_sign_up="Main"))
    visitor = Visitor(server)
    goes_to(await sign_in(visitor))
    assert await signed_in_as(visitor) == "new@example.com"
    made = await server.backend.user_by_email("new@example.com")
    assert made is not None
    assert (made.role, made.password_hash) == ("member", None)


async def test_the_address_may_come_from_userinfo_if_it_is_about_the_same_person(
    linking: Server, provider: Provider
) -> None:
    provider.person = {"sub": "1"}
    provider.userinfo = {"sub": "2", "email": EMAIL, "email_verified": True}
    visitor = Visitor(linking)
    assert "The sign-in did not work" in read(await sign_in(visitor), 502).text
    provider.userinfo["sub"] = "1"
    goes_to(await sign_in(visitor))
    assert await signed_in_as(visitor) == EMAIL


@pytest.mark.parametrize(
    ("person", "policy", "told"),
    [
        ({"email": EMAIL, "email_verified": True}, {}, "there is an account with your email address already"),
        ({"email": "new@example.com", "email_verified": True}, {}, "there is no account for you here"),
        ({"email": EMAIL, "email_verified": False}, {"login_link_by_email": True}, "is not verified there"),
        ({"email": EMAIL}, {"login_link_by_email": True}, "is not verified there"),
        ({"email": "new@example.com"}, {"login_sign_up": "Main"}, "is not verified there"),
        ({}, {"login_sign_up": "Main", "login_link_by_email": True}, "is not verified there"),
    ],
)
async def test_everybody_else_stays_outside_and_is_told_why(
    provider: Provider, start_server: StartServer, person: dict[str, Any], policy: dict[str, Any], told: str
) -> None:
    provider.person = {"sub": "1", **person}
    server = await start_server(**provider.settings(**policy))
    visitor = Visitor(server)
    assert told in read(await sign_in(visitor), 403).text
    assert await signed_in_as(visitor) == ""
    assert "user.sign_in_refused" in [each.kind for each in await server.audited()]


def with_public_key_as_secret(claims: dict[str, Any]) -> str:
    """By hand: the library would not make it."""
    head, body = (encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "one"}, claims))
    return f"{head}.{body}.{encode(hmac.digest(KEY.as_pem(private=False), f'{head}.{body}'.encode(), 'sha256'))}"


LIES: dict[str, Callable[[Provider], object]] = {
    "the nonce of another sign-in": lambda p: p.claims.update(nonce="another"),
    "no nonce": lambda p: p.claims.update(nonce=None),
    "another audience": lambda p: p.claims.update(aud="another-client"),
    "an audience among others, and issued to one of them": lambda p: p.claims.update(
        aud=["grantwell", "another"], azp="another"
    ),
    "an audience among others, and issued to nobody": lambda p: p.claims.update(aud=["grantwell", "another"]),
    "issued to another client": lambda p: p.claims.update(azp="another"),
    "expired": lambda p: p.claims.update(exp=int(time()) - 3600),
    "without an end": lambda p: p.claims.update(exp=None),
    "of another issuer": lambda p: p.claims.update(iss="https://elsewhere.example"),
    "about nobody": lambda p: p.claims.update(sub=None),
    "about a number": lambda p: p.claims.update(sub=1),
    "not signed": lambda p: setattr(p, "sign", unsigned),
    "signed by somebody else": lambda p: setattr(p, "sign", lambda claims: signed(claims, OTHER_KEY)),
    "signed with the public key as a secret": lambda p: setattr(p, "sign", with_public_key_as_secret),
    "signed with the client's secret": lambda p: setattr(
        p, "sign", lambda claims: signed(claims, OctKey.import_key(CLIENT_SECRET), "HS256")
    ),
    "no token": lambda p: setattr(p, "sign", lambda _claims: ""),
    "metadata of another issuer": lambda p: p.metadata.update(issuer="https://elsewhere.example"),
    "metadata that offers HMAC and nothing": lambda p: p.__dict__.update(
        metadata={"id_token_signing_alg_values_supported": ["none", "HS256"]}, sign=unsigned
    ),
    "a token endpoint that is not there": lambda p: p.metadata.update(token_endpoint="http://127.0.0.1:9/token"),
    "keys that are not there": lambda p: p.metadata.update(jwks_uri="http://127.0.0.1:9/keys"),
    "an answer that is no JSON": lambda p: p.metadata.update(token_endpoint=f"{p.issuer}/authorize"),
    "a token endpoint that anybody can listen to": lambda p: p.metadata.update(token_endpoint="ftp://elsewhere/token"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_lies_opens_nothing(linking: Server, provider: Provider, lie: str) -> None:
    LIES[lie](provider)
    visitor = Visitor(linking)
    begun = await visitor.get(BEGIN)
    if begun.status_code == 303:
        async with httpx.AsyncClient() as elsewhere:
            back = (await elsewhere.get(begun.headers["location"])).headers["location"]
        begun = await visitor.get(back)
    assert "The sign-in did not work" in read(begun, 502).text
    assert await signed_in_as(visitor) == ""


async def test_the_answer_of_another_provider_is_dropped_before_its_code_goes_anywhere(
    linking: Server, provider: Provider
) -> None:
    for iss in ("https://elsewhere.example", None):
        provider.answer = {"iss": iss}
        read(await sign_in(Visitor(linking)), 502)
    assert provider.token_requests == []


async def test_an_answer_counts_only_in_the_browser_that_asked(linking: Server, provider: Provider) -> None:
    """Else somebody could be signed in as whoever sent them the link (RFC 9700 section 4.7.1)."""
    answer = await go_there(Visitor(linking))
    victim = Visitor(linking)
    assert "was not started in this browser" in read(await victim.get(answer), 400).text
    await victim.get(BEGIN)
    assert "was not started in this browser" in read(await victim.get(answer), 400).text
    assert provider.token_requests == []


@pytest.mark.parametrize("state", ["", "another", "\N{SNOWMAN}"])
async def test_a_mixed_up_state_ends_it(linking: Server, provider: Provider, state: str) -> None:
    visitor = Visitor(linking)
    answer = httpx.URL(await go_there(visitor)).copy_set_param("state", state)
    read(await visitor.get(str(answer)), 400)
    assert provider.token_requests == []


async def test_an_answer_is_taken_once(linking: Server, provider: Provider) -> None:
    visitor = Visitor(linking)
    answer = await go_there(visitor)
    goes_to(await visitor.get(answer))
    read(await visitor.get(answer), 400)
    assert len(provider.token_requests) == 1


async def test_a_code_that_was_used_already_opens_nothing(linking: Server, provider: Provider) -> None:
    visitor = Visitor(linking)
    answer = await go_there(visitor)
    cookies = dict(visitor.http.cookies)
    goes_to(await visitor.get(answer))
    thief = Visitor(linking)
    thief.http.cookies.update(cookies)
    read(await thief.get(answer), 502)
    assert await signed_in_as(thief) == ""


async def test_whoever_changes_their_mind_there_is_back_at_the_sign_in(linking: Server, provider: Provider) -> None:
    provider.answer = {"code": None, "error": "access_denied", "error_description": "<script>"}
    page = await sign_in(Visitor(linking), "/docs")
    assert "Example did not sign you in" in read(page).text
    assert "return_to=%2Fdocs" in page.text
    assert "&lt;script" not in page.text


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example/", "/\\evil.example"])
async def test_it_leads_to_no_other_site(linking: Server, evil: str) -> None:
    visitor = Visitor(linking)
    there = goes_to(await visitor.get(f"{BEGIN}?{urlencode({'return_to': evil})}"))
    async with httpx.AsyncClient() as elsewhere:
        back = (await elsewhere.get(there)).headers["location"]
    assert goes_to(await visitor.get(back)) == "/"


async def test_the_longest_consent_token_is_still_there_afterwards(linking: Server) -> None:
    path = f"/consent?consent_token={'x' * 4096}"
    assert goes_to(await sign_in(Visitor(linking), path)) == path


async def test_the_session_before_has_ended(linking: Server) -> None:
    visitor = Visitor(linking)
    await visitor.sign_in()
    before = visitor.cookie("grantwell_session")
    goes_to(await sign_in(visitor))
    after = visitor.cookie("grantwell_session")
    assert before != after
    refused = await linking.http.post("/v2/sessions/token", json={"session": before})
    assert refused.status_code == 401


async def test_a_stranger_cannot_open_a_session_with_a_token_of_the_provider(
    linking: Server, provider: Provider
) -> None:
    now = int(time())
    claims = {"iss": provider.issuer, "aud": "grantwell", "iat": now, "exp": now + 300, **VERIFIED}
    for identity in (signed(claims), json.dumps(claims), "a.b.c"):
        refused = await linking.http.post("/v2/sessions/external", json={"identity": identity})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


async def test_without_passwords_there_is_only_the_button(provider: Provider, start_server: StartServer) -> None:
    provider.person = dict(VERIFIED)
    server = await start_server(**provider.settings(login_link_by_email=True, password_sign_in=False))
    visitor = Visitor(server)
    page = await visitor.get("/sign-in")
    assert "password" not in page.text.lower()
    refused = await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")
    goes_to(await sign_in(visitor))
    assert await signed_in_as(visitor) == EMAIL


async def test_without_a_provider_there_is_no_button_and_nothing_behind_it(server: Server) -> None:
    visitor = Visitor(server)
    assert BEGIN not in (await visitor.get("/sign-in")).text
    for path in (BEGIN, CALLBACK):
        read(await visitor.get(path), 404)


async def test_a_provider_that_is_not_there_is_said_to_be(start_server: StartServer) -> None:
    server = await start_server(
        login_issuer="http://127.0.0.1:9", login_client_id="x", login_name="Example", login_sign_up="Main"
    )
    assert "Something is not right between this server and Example" in read(await Visitor(server).get(BEGIN), 502).text
