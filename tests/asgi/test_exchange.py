"""Calls that go straight to the edge: answered byte for byte as uvicorn answers them through ASGI."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.connections import BROKEN, GET, POST, REQUESTS, Echo, answered, connected, until_idle
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from grantwell.asgi.connection import Connection
from grantwell.asgi.exchange import CLOSE, Request, Response
from grantwell.asgi.http import MAXIMUM_BODY


@pytest.mark.parametrize("request_text", REQUESTS.values(), ids=REQUESTS)
async def test_a_request_is_answered_as_uvicorn_answers_it(request_text: bytes) -> None:
    expected, _ = await answered(HttpToolsProtocol, [request_text, POST])
    found, _ = await answered(Connection, [request_text, POST])
    assert (b"".join(found.written), found.closed_by_us) == (b"".join(expected.written), expected.closed_by_us)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    names=st.lists(st.sampled_from([name for name in REQUESTS if name not in BROKEN]), min_size=1, max_size=4),
    cuts=st.lists(st.integers(1, 400), max_size=6),
)
def test_requests_in_any_pieces_are_answered_as_uvicorn_answers_them(names: list[str], cuts: list[int]) -> None:
    text, pieces = b"".join(REQUESTS[name] for name in names), []
    for cut in cuts:
        pieces.append(text[:cut])
        text = text[cut:]
    pieces = [piece for piece in (*pieces, text) if piece]

    async def both() -> None:
        expected, _ = await answered(HttpToolsProtocol, pieces)
        found, _ = await answered(Connection, pieces)
        assert (b"".join(found.written), found.closed_by_us) == (b"".join(expected.written), expected.closed_by_us)

    asyncio.run(both())


STRAIGHT = ("a GET", "a HEAD", "a DELETE", "a POST", "a POST without a body", "one that says keep-alive")


@pytest.mark.parametrize("name", STRAIGHT)
async def test_a_plain_call_goes_straight_and_its_answer_leaves_in_one_piece(name: str) -> None:
    transport, app = await answered(Connection, [REQUESTS[name]])
    assert (app.straight, len(transport.written), transport.closed_by_us) == (1, 1, False)


async def test_a_trailer_is_no_header() -> None:
    chunks = b"9\r\nsome=body\r\n0\r\nX-One: 2\r\n\r\n"
    head = POST.removesuffix(b"some=body").replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")
    _, app = await answered(Connection, [head + chunks])
    assert [headers for *_, headers, _client, _body in app.asked] == [
        ((b"host", b"a.example"), (b"transfer-encoding", b"chunked"))
    ]


async def test_calls_on_one_connection_are_answered_one_after_the_other() -> None:
    app = Echo()
    connection, transport, _ = connected(Connection, app)
    app.may_answer.clear()
    connection.data_received(POST + GET + POST)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (len(app.asked), transport.written) == (1, [])
    app.may_answer.set()
    await until_idle()
    assert [asked[0] for asked in app.asked] == ["POST", "GET", "POST"]
    assert b"".join(transport.written).count(b"HTTP/1.1 200 OK") == 3
    connection.connection_lost(None)


async def test_a_body_that_is_too_large_is_not_gathered() -> None:
    app = Echo()
    connection, _, _ = connected(Connection, app)
    length = 99_999
    connection.data_received(POST.replace(b"9\r\n\r\nsome=body", b"%d\r\n\r\n" % length))
    for _ in range(length // 9999):
        connection.data_received(b"x" * 9999)
    await until_idle()
    (body,) = [asked[-1] for asked in app.asked]
    assert MAXIMUM_BODY < len(body) <= MAXIMUM_BODY + 9999
    connection.connection_lost(None)


async def test_an_idle_connection_is_closed_when_its_time_is_over_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection, transport, _ = connected(Connection, Echo())
    connection.timeout_keep_alive = 75
    waits: list[float] = []
    now = 1000.0

    class Timer:
        def cancel(self) -> None:
            pass

    def call_later(seconds: float, _callback: object) -> Timer:
        waits.append(seconds)
        return Timer()

    monkeypatch.setattr(connection.loop, "call_later", call_later)
    monkeypatch.setattr(connection.loop, "time", lambda: now)
    connection.data_received(GET)
    await until_idle()
    now += 74
    connection.data_received(GET)
    await until_idle()
    # The first answer's timer is over: one second of it was idle.
    now += 1
    connection.timeout_keep_alive_handler()
    assert (waits, transport.closed) == ([75, 74], False)
    now += 74
    connection.timeout_keep_alive_handler()
    assert transport.closed


async def test_a_connection_that_is_being_answered_is_not_idle() -> None:
    app = Echo()
    connection, transport, _ = connected(Connection, app)
    app.may_answer.clear()
    connection.data_received(GET)
    await until_idle()
    connection.timeout_keep_alive_handler()
    assert not transport.closed
    app.may_answer.set()
    await until_idle()
    assert len(transport.written) == 1
    assert connection.timeout_keep_alive_task is not None
    connection.connection_lost(None)


async def test_half_a_call_is_no_call() -> None:
    transport, app = await answered(Connection, [POST[:-1]])
    assert (app.asked, transport.written) == ([], [])


async def test_an_answer_waits_until_the_client_has_read_the_last_one() -> None:
    connection, transport, _ = connected(Connection, Echo())
    connection.pause_writing()
    connection.data_received(GET)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not transport.written
    connection.resume_writing()
    await until_idle()
    assert len(transport.written) == 1
    connection.connection_lost(None)


async def test_what_was_begun_is_finished_for_a_client_that_has_gone() -> None:
    app = Echo()
    connection, transport, state = connected(Connection, app)
    app.may_answer.clear()
    connection.data_received(POST)
    await asyncio.sleep(0)
    connection.connection_lost(None)
    app.may_answer.set()
    (task,) = state.tasks
    await task
    assert (len(app.asked), transport.written) == (1, [])


@pytest.mark.parametrize("moment", ["idle", "answering", "leaving"])
async def test_a_server_that_ends_answers_first_and_then_closes(moment: str) -> None:
    app = Echo()
    connection, transport, state = connected(Connection, app)
    if moment == "leaving":
        state.default_headers.append(CLOSE)
    app.may_answer.clear()
    if moment != "idle":
        connection.data_received(GET)
    if moment != "leaving":
        connection.shutdown()
    app.may_answer.set()
    await until_idle()
    assert transport.closed
    assert [written.count(b"connection: close") for written in transport.written] == [1] * (moment != "idle")


async def test_what_comes_behind_the_last_call_is_not_begun() -> None:
    app = Echo()
    connection, transport, state = connected(Connection, app)
    state.default_headers.append(CLOSE)
    connection.data_received(GET + POST + REQUESTS["a POST in chunks"] + GET)
    await until_idle()
    assert transport.closed
    assert (len(app.asked), len(transport.written)) == (1, 1)


async def test_many_calls_in_one_piece_of_data_let_other_clients_by() -> None:
    app = Echo()
    connection, transport, _ = connected(Connection, app)
    connection.data_received(GET * 10)
    await asyncio.sleep(0)
    assert len(app.asked) == 1
    await until_idle()
    assert b"".join(transport.written).count(b"HTTP/1.1 200 OK") == len(app.asked) == 10
    connection.connection_lost(None)


async def test_a_call_that_needs_nobody_is_answered_without_a_task() -> None:
    connection, transport, state = connected(Connection, Echo())
    connection.data_received(GET)
    await asyncio.sleep(0)
    assert (len(transport.written), state.tasks) == (1, set())
    connection.connection_lost(None)


async def test_what_came_at_one_moment_is_begun_before_any_of_it_waits_for_another_turn() -> None:
    app = Echo()
    connections = [connected(Connection, app, state)[0] for state in [ServerState()] for _ in range(3)]
    app.may_answer.clear()
    for connection in connections:
        connection.data_received(GET)
    await asyncio.sleep(0)
    assert len(app.asked) == 3
    app.may_answer.set()
    await until_idle()
    for connection in connections:
        connection.connection_lost(None)


async def test_a_call_of_a_server_whose_database_takes_its_time_is_a_task_from_the_beginning() -> None:
    tasks = []

    class Distant(Echo):
        begins_without_tasks = False

        async def exchange(self, request: Request, body: bytes) -> Response:
            tasks.append(asyncio.current_task())
            return await super().exchange(request, body)

    connection, _, state = connected(Connection, Distant())
    connection.data_received(GET)
    (task,) = state.tasks
    await task
    assert tasks == [task]
    connection.connection_lost(None)


async def test_a_call_is_told_when_its_server_gives_up_on_it() -> None:
    ends: list[str] = []

    class Slow(Echo):
        async def exchange(self, request: Request, body: bytes) -> Response:
            try:
                return await super().exchange(request, body)
            finally:
                ends.append("told")

    app = Slow()
    connection, _, state = connected(Connection, app)
    app.may_answer.clear()
    connection.data_received(GET)
    await until_idle()
    (task,) = state.tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ends == ["told"]
    connection.connection_lost(None)


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"a\r\n\r\n<html>"])
async def test_a_header_cannot_have_a_line_of_its_own(value: bytes, caplog: pytest.LogCaptureFixture) -> None:
    connection, transport, _ = connected(Connection, Echo(((b"x-name", value),)))
    connection.data_received(GET)
    await until_idle()
    assert b"".join(transport.written).startswith(b"HTTP/1.1 500 ")
    assert value not in b"".join(transport.written)
    assert transport.closed
    assert "an answer could not be made" in caplog.text
    connection.connection_lost(None)
