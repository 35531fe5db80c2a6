"""What stands behind a head is its request's body and nothing else, and every request has one answer, in its turn."""

import asyncio

import pytest
from tests.requirements.marker import requirement
from tests.support.connections import GET, POST, Echo, answered, connected, until_idle

from grantwell.asgi import deadlines
from grantwell.asgi.connection import Connection
from grantwell.asgi.http import Receive, Scope, Send
from grantwell.asgi.strict_connection import MAXIMUM_HEAD

GARBAGE = b"\0\0\r\n\r\n"
OFFER = POST.replace(b"Host", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHost")
CHUNKS = b"9\r\nsome=body\r\n0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"


def in_chunks(request: bytes) -> bytes:
    return request.replace(b"Content-Length: 9", CHUNKED).replace(b"some=body", CHUNKS)


@pytest.mark.parametrize("offer", [OFFER, in_chunks(OFFER)], ids=["of a length", "in chunks"])
@requirement("attacks.smuggling")
async def test_a_call_that_offers_another_protocol_is_answered_with_its_body(offer: bytes) -> None:
    for cut in range(1, len(offer)):
        _, app = await answered(Connection, [offer[:cut], offer[cut:] + GET])
        assert [(asked[0], asked[-1]) for asked in app.asked] == [("POST", b"some=body"), ("GET", b"")]


async def test_a_thousand_offers_in_one_piece_are_read_one_by_one() -> None:
    connection, _, _ = connected(Connection, app := Echo())
    connection.data_received(OFFER * 1000 + GET)
    for _ in range(300):
        await until_idle()
    assert [asked[0] for asked in app.asked] == ["POST"] * 1000 + ["GET"]
    connection.connection_lost(None)


async def test_a_tunnel_is_refused() -> None:
    transport, app = await answered(Connection, [b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", GET])
    assert (app.asked, transport.written[0][:12], len(transport.written)) == ([], b"HTTP/1.1 400", 1)
    assert transport.closed_by_us


class Told(Echo):
    """Remembers what it was told of requests that it never got."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, str]] = []

    def refused(self, _client: tuple[str, int] | None, status: int, reason: str) -> None:
        self.told.append((status, reason))


async def test_garbage_is_told_once_however_often_it_comes_and_beside_the_answer_that_is_due() -> None:
    connection, transport, _ = connected(Connection, app := Told())
    app.may_answer.clear()
    connection.data_received(GET)
    for _ in range(5):
        connection.data_received(GARBAGE)
        await until_idle()
    assert app.told == [(400, "http_malformed")]
    app.may_answer.set()
    await until_idle()
    assert [written[:12] for written in transport.written] == [b"HTTP/1.1 200"]
    connection.connection_lost(None)


TIMED_OUT = [(408, "request_timed_out")]
NEVER_ENDING: dict[str, tuple[bytes, list[tuple[int, str]]]] = {
    "nothing": (b"", []),
    "an empty line": (b"\r\n", []),
    "a whole request": (GET, []),
    "an empty line behind one": (GET + b"\r\n", []),
    "half a line": (GET[:5], TIMED_OUT),
    "half a head": (GET[:40], TIMED_OUT),
    "half a call": (POST[:-4], TIMED_OUT),
    "half a head behind a request": (GET + GET[:20], TIMED_OUT),
    # The application has it, and tells of it.
    "half a form": (POST.replace(b"/v2/two", b"/sign-in")[:-4], []),
}


@pytest.mark.parametrize("name", NEVER_ENDING)
async def test_a_request_that_never_ends_is_told_of_unless_the_application_knows(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    sent, told = NEVER_ENDING[name]
    monkeypatch.setattr(deadlines, "SECONDS_FOR_A_REQUEST", 0.02)
    connection, _, _ = connected(Connection, app := Told())
    connection.data_received(sent)
    await asyncio.sleep(0.06)
    assert app.told == told
    connection.connection_lost(None)
    await until_idle()


async def test_an_address_with_a_fragment_is_asked_for_without_it() -> None:
    _, app = await answered(Connection, [GET.replace(b"a=b", b"a=b#c")])
    assert [asked[1:3] for asked in app.asked] == [("/v2/one", b"a=b")]


@requirement("attacks.endless-head")
@pytest.mark.parametrize("behind", [b"", GET * 2000], ids=["alone", "with more behind it"])
async def test_a_whole_head_that_is_too_large_is_refused_as_well(behind: bytes) -> None:
    transport, app = await answered(Connection, [GET.replace(b"1\r\n\r\n", b"a" * MAXIMUM_HEAD + b"\r\n\r\n") + behind])
    assert (app.asked, [written[:12] for written in transport.written]) == ([], [b"HTTP/1.1 431"])


@requirement("attacks.endless-head")
async def test_many_small_requests_in_one_piece_are_no_large_head() -> None:
    transport, _ = await answered(Connection, [GET * 2000])
    assert transport.written[0].startswith(b"HTTP/1.1 200")


async def test_what_is_broken_behind_a_call_does_not_take_its_answers_place() -> None:
    app = Echo()
    connection, transport, _ = connected(Connection, app)
    app.may_answer.clear()
    connection.data_received(POST + GARBAGE)
    await until_idle()
    assert (transport.written, transport.closed) == ([], False)
    app.may_answer.set()
    await until_idle()
    assert ([written[:12] for written in transport.written], transport.closed) == ([b"HTTP/1.1 200"], True)
    connection.connection_lost(None)


@pytest.mark.parametrize("end", [b"not a chunk\r\n", b"1;" + b"a" * (MAXIMUM_HEAD + 1)], ids=["broken", "endless"])
async def test_a_call_that_was_refused_before_its_end_is_refused_once(end: bytes) -> None:
    head = POST.removesuffix(b"some=body").replace(b"Content-Length: 9", CHUNKED)
    connection, transport, _ = connected(Connection, Refusing())
    connection.data_received(head)
    await until_idle()
    connection.data_received(end)
    await until_idle()
    assert ([written[:12] for written in transport.written if written], transport.closed) == ([b"HTTP/1.1 413"], True)
    connection.connection_lost(None)


class Refusing(Echo):
    """Answers before it has read the body."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
