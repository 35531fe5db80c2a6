"""Whoever never ends a request, never reads an answer or never comes again keeps no connection; and leaves nothing."""

import asyncio
import gc

import pytest
from tests.support.connections import GET, POST, REQUESTS, Echo, connected, until_idle

from grantwell.asgi import deadlines
from grantwell.asgi.connection import Connection
from grantwell.asgi.exchange import Answering

HALF_A_BODY = POST.replace(b"9\r\n\r\nsome=body", b"70000\r\n\r\n") + b"x" * 66_000


async def test_an_answered_call_is_forgotten_without_the_collector() -> None:
    connection, _, _ = connected(Connection, Echo())
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            connection.data_received(POST)
            await until_idle()
        # Some objects of other libraries answer for their class by looking for settings.
        assert sum(type(each) is Answering for each in gc.get_objects()) <= 1
    finally:
        gc.enable()
        connection.connection_lost(None)


async def test_a_connection_has_one_timer_however_calls_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, _, _ = connected(Connection, Echo())
    timers: list[asyncio.TimerHandle] = []
    call_later = connection.loop.call_later

    def remember(*arguments: object) -> asyncio.TimerHandle:
        timers.append(call_later(*arguments))  # type: ignore[arg-type] # as the loop itself takes them
        return timers[-1]

    monkeypatch.setattr(connection.loop, "call_later", remember)
    for _ in range(5):
        connection.data_received(GET + GET)
        await until_idle()
    assert sum(not each.cancelled() for each in timers) == 1
    connection.data_received(REQUESTS["the last one"])
    await until_idle()
    connection.connection_lost(None)
    assert all(each.cancelled() for each in timers)


@pytest.mark.parametrize("behind", [POST[:-4], GET[:20]], ids=["half a body", "half a head"])
async def test_half_a_request_behind_a_whole_one_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, behind: bytes
) -> None:
    monkeypatch.setattr(deadlines, "SECONDS_FOR_A_REQUEST", 0.02)
    connection, transport, _ = connected(Connection, Echo())
    connection.data_received(GET + behind)
    await asyncio.sleep(0.1)
    assert (len(transport.written), transport.closed) == (1, True)
    connection.connection_lost(None)


async def test_a_connection_is_closed_some_time_after_a_refusal_that_came_before_the_end_of_its_request() -> None:
    connection, transport, _ = connected(Connection, Echo())
    connection.timeout_keep_alive = 0.02  # type: ignore[assignment] # seconds, in whole numbers where people set it
    connection.data_received(GET)
    await until_idle()
    connection.data_received(HALF_A_BODY)
    await asyncio.sleep(0.05)
    assert not transport.is_closing()
    connection.data_received(b"x" * 4000)
    await asyncio.sleep(0.1)
    assert transport.is_closing()
    connection.connection_lost(None)


async def test_a_client_that_never_reads_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "SECONDS_TO_READ", 0.02)
    connection, transport, _ = connected(Connection, Echo())
    connection.pause_writing()
    connection.resume_writing()
    await asyncio.sleep(0.05)
    assert not transport.is_closing()
    connection.pause_writing()
    await asyncio.sleep(0.05)
    assert transport.aborted
    connection.connection_lost(None)
