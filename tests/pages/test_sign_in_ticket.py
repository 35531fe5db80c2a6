"""Signing in with a ticket that somebody's own login has issued."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.protocol.capabilities import SIGN_IN_OTHERS
from grantwell.protocol.records import CAPABILITIES
from grantwell.protocol.sign_in_ticket import read_ticket, write_ticket

BEN = "ben@example.com"
PATH = "/sign-in/ticket"
SESSION = "grantwell_session"


@pytest.fixture
async def key(server: Server) -> str:
    """An administrator's API key that signs others in; and somebody to be signed in."""
    await server.make_colleague(BEN, role="member", password=PASSWORD)
    return (await server.make_colleague("login@example.com", capabilities=(SIGN_IN_OTHERS,))).api_key


async def ask(server: Server, key: str, email: str = BEN, **more: Any) -> Any:
    return await server.manage("POST", "/sessions/tickets", key=key, json={"email": email} | more)


async def link(server: Server, key: str, email: str = BEN, **more: Any) -> str:
    answer = await ask(server, key, email, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).removeprefix(server.app.settings.issuer)


async def go_on(visitor: Visitor, path: str) -> Any:
    return await visitor.submit(await visitor.get(path), PATH)


async def test_a_person_is_asked_and_then_signed_in_and_sent_on(server: Server, key: str) -> None:
    visitor = Visitor(server, {"User-Agent": "Firefox/1"})
    path = await link(server, key, return_to="/account/sessions")
    page = await visitor.get(path)
    assert f"Continue as {BEN}?" in read(page).text
    assert visitor.cookie(SESSION) is None
    assert goes_to(await visitor.submit(page, PATH)) == "/account/sessions"
    assert "Firefox" in read(await visitor.get("/account/sessions")).text
    events = {event.kind: event for event in await server.audited()}
    assert events["user.ticket_issued"].credential.startswith("api_key ")
    assert events["user.signed_in"].credential == "ticket"
    assert events["user.signed_in"].subject == events["user.ticket_issued"].subject


async def test_a_ticket_works_once(server: Server, key: str) -> None:
    path = await link(server, key)
    first, second = Visitor(server), Visitor(server)
    opened = await second.get(path)
    goes_to(await go_on(first, path))
    assert "This link does not work any more" in read(await second.submit(opened, PATH), 422).text
    assert "This link does not work any more" in read(await second.get(path), 422).text
    assert second.cookie(SESSION) is None
    # Signing out does not make it new.
    page = await first.get("/account/sessions")
    await first.submit(page, "/sign-out")
    assert (await first.get(path)).status_code == 422


async def test_looking_at_a_link_uses_nothing_up(server: Server, key: str) -> None:
    path, visitor = await link(server, key), Visitor(server)
    for _ in range(3):
        await visitor.get(path)
        await visitor.http.head(path)
    goes_to(await go_on(visitor, path))


async def test_a_ticket_lives_for_a_minute(server: Server, key: str) -> None:
    path, visitor = await link(server, key), Visitor(server)
    page = await visitor.get(path)
    server.clock.advance(60)
    assert (await visitor.submit(page, PATH)).status_code == 422
    assert (await visitor.get(path)).status_code == 422


@pytest.mark.parametrize("change", ["revoked", "demoted", "disabled"])
async def test_a_ticket_ends_with_the_right_of_who_vouched(server: Server, key: str, change: str) -> None:
    path, token = await link(server, key), await server.session_token()
    owner = await server.backend.user_by_email("login@example.com")
    assert owner is not None
    ((made,), _) = await server.backend.user_api_keys(owner.user_id, 0, 1)
    if change == "revoked":
        await server.manage("DELETE", f"/api_keys/{made.api_key_id}", key=token)
    else:
        body = {"role": "member"} if change == "demoted" else {"enabled": False}
        await server.manage("PUT", f"/users/{owner.user_id}", key=token, json=body)
    assert (await Visitor(server).get(path)).status_code == 422
    answer = await server.http.post("/v2/sessions/tickets/trade", json={"ticket": path.partition("ticket=")[2]})
    assert (answer.status_code, server.events[-1].reason) == (422, "ticket_withdrawn")


async def test_the_servers_secret_alone_writes_no_ticket(server: Server, key: str) -> None:
    text = (await ask(server, key)).json()["ticket"]
    presented = read_ticket(text)
    owner = await server.backend.user_by_email("login@example.com")
    assert presented is not None
    assert owner is not None
    ((made,), _) = await server.backend.user_api_keys(owner.user_id, 0, 1)
    # Everything is known but what the database keeps of the key.
    guessed = replace(made, key_hash="0" * 64)
    forged = write_ticket(presented.ticket, guessed, server.app.driver.server.secrets.tickets)
    for ticket, status in ((forged, 422), (text, 201)):
        answer = await server.http.post("/v2/sessions/tickets/trade", json={"ticket": ticket})
        assert answer.status_code == status


@pytest.mark.parametrize("change", ["disabled", "reset"])
async def test_a_ticket_ends_with_what_ends_everything_else(server: Server, key: str, change: str) -> None:
    path, token = await link(server, key), await server.session_token()
    user = await server.backend.user_by_email(BEN)
    assert user is not None
    if change == "disabled":
        await server.manage("PUT", f"/users/{user.user_id}", key=token, json={"enabled": False})
        assert (await ask(server, key)).status_code == 422
    else:
        await server.manage("POST", "/users/reset_password", key=token, json={"user_id": user.user_id})
    assert (await Visitor(server).get(path)).status_code == 422


async def test_nobody_is_signed_in_by_a_form_of_another_page(server: Server, key: str) -> None:
    path, victim = await link(server, key), Visitor(server)
    theirs = await Visitor(server).get(path)
    await victim.get("/sign-in")
    assert (await victim.submit(theirs, PATH)).status_code == 403
    assert victim.cookie(SESSION) is None
    goes_to(await go_on(victim, path))


async def test_who_is_signed_in_is_told_and_that_sign_in_ends(server: Server, key: str) -> None:
    visitor = Visitor(server)
    await visitor.sign_in()
    before = visitor.cookie(SESSION)
    page = await visitor.get(await link(server, key))
    assert f"In this browser {EMAIL} is signed in so far." in read(page).text
    goes_to(await visitor.submit(page, PATH))
    assert (await server.http.post("/v2/sessions/token", json={"session": before})).status_code == 401


@pytest.mark.parametrize(
    "return_to", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\tb", "x", "", "/" + "x" * 1024, 7]
)
async def test_a_ticket_leads_to_our_own_paths_only(server: Server, key: str, return_to: object) -> None:
    assert (await ask(server, key, return_to=return_to)).status_code == 422


async def test_only_a_key_that_was_given_the_right_vouches_for_anybody(server: Server) -> None:
    await server.make_colleague(BEN, role="member", password=PASSWORD)
    assert SIGN_IN_OTHERS not in CAPABILITIES
    assert ((await ask(server, server.api_key)).status_code, server.events[-1].reason) == (403, "capability_missing")
    session = await server.session_token()
    assert ((await ask(server, session)).status_code, server.events[-1].reason) == (403, "capability_missing")
    client = await server.client_token(await server.make_client())
    assert ((await ask(server, client)).status_code, server.events[-1].reason) == (403, "capability_missing")
    # Made while its owner was an administrator, who is none any more.
    member = await server.make_colleague("m@example.com", role="member", capabilities=(SIGN_IN_OTHERS,))
    answer = await ask(server, member.api_key)
    assert (answer.status_code, server.events[-1].reason) == (403, "administrator_required")


async def test_such_a_key_does_nothing_else(server: Server, key: str) -> None:
    for method, path in (("GET", "/oauth_clients"), ("GET", "/oauth_grants"), ("GET", "/users"), ("GET", "/sessions")):
        assert (await server.manage(method, path, key=key)).status_code == 403


async def test_nobody_vouches_for_another_organizations_people(server: Server, key: str) -> None:
    await server.make_person("ada@example.com")
    for email in ("ada@example.com", "nobody@example.com"):
        answer = await ask(server, key, email)
        assert (answer.status_code, server.events[-1].reason) == (404, "user_not_found")


@pytest.mark.parametrize("change", ["cut", "payload", "mac", "key", "prefix", "long", "empty"])
async def test_a_ticket_that_somebody_else_has_written_is_none(server: Server, key: str, change: str) -> None:
    ticket = (await ask(server, key)).json()["ticket"]
    payload, key_id, proof = ticket.split(".")
    forged = {
        "cut": ticket[:-1],
        "payload": f"{payload[:-3]}abc.{key_id}.{proof}",
        "mac": f"{payload}.{key_id}.{proof[:-2]}AA",
        "key": f"{payload}.{'0' * 16}.{proof}",
        "prefix": ticket.replace("gw_ticket_", "gw_secret_"),
        "long": ticket + "A" * 5000,
        "empty": "x",
    }[change]
    for path in ("/v2/sessions/tickets/show", "/v2/sessions/tickets/trade"):
        answer = await server.http.post(path, json={"ticket": forged})
        assert (answer.status_code, server.events[-1].reason) == (422, "ticket_invalid")
    assert (await Visitor(server).get(PATH, params={"ticket": forged})).status_code == 422


async def test_a_ticket_stands_in_no_log_and_no_audit(server: Server, key: str) -> None:
    ticket = (await ask(server, key)).json()["ticket"]
    await go_on(Visitor(server), f"{PATH}?ticket={ticket}")
    assert ticket not in repr(server.events) + repr(await server.audited())


async def test_of_many_who_trade_one_ticket_at_once_one_is_signed_in(server: Server, key: str) -> None:
    body = {"ticket": (await ask(server, key)).json()["ticket"]}
    answers = await asyncio.gather(*(server.http.post("/v2/sessions/tickets/trade", json=body) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 15


@pytest.mark.parametrize("query", ["", "?app=1"])
async def test_whoever_has_a_sign_in_page_of_ones_own_sends_people_there_and_gets_them_back(
    start_server: StartServer, query: str
) -> None:
    server = await start_server(sign_in_url=f"https://login.example/in{query}")
    visitor = Visitor(server)
    first = goes_to(await visitor.get("/account/apps"))
    there = goes_to(await visitor.get(first))
    assert there == f"https://login.example/in{query or '?'}{'&' if query else ''}return_to=%2Faccount%2Fapps"
    # An operator who is locked out there gets in here.
    page = await visitor.get("/sign-in?here")
    assert goes_to(await visitor.submit(page, "/sign-in", email=EMAIL, password=PASSWORD)) == "/"


async def test_a_ticket_outlives_no_session(start_server: StartServer) -> None:
    server = await start_server(session_seconds=10)
    person = await server.make_colleague("login@example.com", capabilities=(SIGN_IN_OTHERS,))
    path = await link(server, person.api_key, EMAIL)
    server.clock.advance(10)
    assert (await Visitor(server).get(path)).status_code == 422
