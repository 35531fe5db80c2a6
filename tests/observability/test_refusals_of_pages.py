"""What a page refuses has a reason, in the log and in the numbers: there people sign in, and there they are guessed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.conftest import StartServer
from tests.observability.conftest import Look
from tests.pages.visitor import Visitor, goes_to
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.asgi.edge import PAGE
from grantwell.asgi.http import Message
from grantwell.protocol.keys import KeySet
from grantwell.protocol.store import StorageUnavailable

COUNT = "grantwell_requests_total"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def last_of(server: Server) -> tuple[int, str]:
    """Status and reason of the last answer of a page."""
    event = [each for each in server.events if each.operation == PAGE][-1]
    return event.status, event.reason


async def test_guessed_passwords_are_counted_where_people_sign_in(
    start_server: StartServer, address: str, look: Look
) -> None:
    server = await start_server(metrics_address=address, rate_limits='{"sign_in_account": "10/minute"}')
    visitor = Visitor(server)
    for _ in range(12):
        await visitor.sign_in(EMAIL, "a guess")
    found = await look()
    assert found.value(COUNT, operation=PAGE, status="422", reason="sign_in_wrong_password") == 10
    assert found.value(COUNT, operation=PAGE, status="429", reason="limit_sign_in_account") == 2
    assert found.value("grantwell_rate_limited_total", limit="sign_in_account") == 2
    assert [event.reason for event in server.events if event.status == 422] == ["sign_in_wrong_password"] * 10


async def test_an_unknown_address_reads_the_same_and_is_told_apart_by_whoever_runs_the_server(server: Server) -> None:
    await Visitor(server).sign_in("nobody@example.com", "a guess")
    assert last_of(server) == (422, "sign_in_unknown")


async def test_a_wrong_password_is_told_as_one_although_a_session_has_ended_too(server: Server) -> None:
    visitor = Visitor(server)
    goes_to(await visitor.sign_in())
    await server.http.post("/v2/sessions/end", json={"session": visitor.cookie("grantwell_session")})
    await visitor.sign_in(EMAIL, "a guess")
    assert last_of(server) == (422, "sign_in_wrong_password")


async def test_a_page_that_is_shown_although_a_call_was_refused_is_not_refused(server: Server) -> None:
    visitor = Visitor(server)
    visitor.http.cookies.set("grantwell_session", "of nobody", domain="127.0.0.1")
    assert (await visitor.get("/sign-in")).status_code == 200
    assert last_of(server) == (200, "")


async def test_a_reason_stays_with_its_own_request(server: Server) -> None:
    visitors = [Visitor(server) for _ in range(8)]
    await asyncio.gather(
        *(each.sign_in(EMAIL, PASSWORD if number % 2 else "a guess") for number, each in enumerate(visitors))
    )
    told = [(event.status, event.reason) for event in server.events if event.method == "POST"]
    assert sorted(told) == [(303, "")] * 4 + [(422, "sign_in_wrong_password")] * 4
    assert (await visitors[0].get("/sign-in")).status_code == 200
    assert last_of(server) == (200, "")


async def post(server: Server, path: str, **more: object) -> None:
    await Visitor(server).http.post(path, **more)  # type: ignore[arg-type] # whatever httpx takes


REFUSED: dict[str, tuple[Callable[[Server], Awaitable[object]], int, str]] = {
    "a form without its token": (
        lambda server: post(server, "/sign-in", data={"email": EMAIL}),
        403,
        "form_token_wrong",
    ),
    "a form that is none": (lambda server: post(server, "/sign-in", json={}), 415, "unsupported_media_type"),
    "a form of another site": (
        lambda server: post(server, "/sign-in", data={}, headers={"Sec-Fetch-Site": "cross-site"}),
        403,
        "form_of_another_site",
    ),
    "a form that is too large": (
        lambda server: post(server, "/sign-in", content=b"a=" + b"b" * 40_000, headers=FORM),
        413,
        "body_too_large",
    ),
    "a form nobody can read": (
        lambda server: post(server, "/sign-in", content=b"\xff", headers=FORM),
        400,
        "form_unreadable",
    ),
    "a field twice": (
        lambda server: post(server, "/sign-in", content=b"a=1&a=2", headers=FORM),
        400,
        "repeated_parameter",
    ),
    "no such page": (lambda server: server.http.get("/nothing/here"), 404, "path_unknown"),
    "no such reason": (lambda server: server.http.get("/docs/reasons/none_such"), 404, "path_unknown"),
    "another method": (lambda server: server.http.put("/sign-in"), 405, "method_unknown"),
    "a ticket that is none": (lambda server: server.http.get("/sign-in/ticket?ticket=none"), 422, "ticket_invalid"),
    "somebody else's consent": (
        lambda server: server.http.get("/consent?consent_token=a%20b"),
        400,
        "consent_not_started_here",
    ),
    "a part of a file that is none": (
        lambda server: server.http.get("/static/icon.svg", headers={"Range": "bytes=x"}),
        400,
        "page_refused",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_whatever_a_page_refuses_by_itself_has_a_reason(server: Server, name: str) -> None:
    ask, status, reason = REFUSED[name]
    await ask(server)
    assert last_of(server) == (status, reason)


async def test_whoever_hangs_up_within_a_form_is_no_bug_of_ours(server: Server) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"email=", "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = [(name.lower().encode(), value.encode()) for name, value in {"Host": "127.0.0.1:8000", **FORM}.items()]
    scope = {"type": "http", "method": "POST", "path": "/sign-in", "query_string": b"", "headers": headers}

    async def receive() -> Message:
        return messages.pop(0)

    async def send(_message: Message) -> None:
        """Nobody is there."""

    await server.app({**scope, "client": ("192.0.2.1", 4000), "raw_path": b"/sign-in"}, receive, send)
    assert last_of(server) == (400, "body_incomplete")


async def test_a_database_that_is_away_is_told_of_pages_and_of_readiness(
    watched: Server, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(watched)
    goes_to(await visitor.sign_in())

    async def fail(*_: object) -> None:
        raise StorageUnavailable("the database is away")

    monkeypatch.setattr(watched.backend, "check", fail)
    monkeypatch.setattr(watched.backend, "session", fail)
    assert (await visitor.get("/account/apps")).status_code == 503
    assert (await watched.http.get("/readyz")).status_code == 503
    assert (await look()).value(COUNT, operation=PAGE, status="503", reason="storage_unavailable") == 2


async def test_a_server_without_a_signing_key_is_not_ready_and_says_why(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await server.http.get("/readyz")).status_code == 200
    assert last_of(server) == (200, "")
    monkeypatch.setattr(server.app.driver.key_ring, "keys", KeySet(()))
    assert (await server.http.get("/readyz")).json()["missing"] == "signing keys"
    assert last_of(server) == (503, "signing_keys_missing")


async def test_no_word_of_a_caller_becomes_a_reason(server: Server) -> None:
    told = []
    for word in ("first", "second"):
        server.events.clear()
        visitor = Visitor(server)
        await visitor.sign_in(f"{word}@example.com", word)
        await visitor.get(f"/{word}?reason={word}", headers={"grantwell_reason": word, "reason": word})
        await visitor.http.post("/sign-in", data={"reason": word})
        told.append({(event.operation, event.status, event.reason) for event in server.events})
    assert told[0] == told[1]
