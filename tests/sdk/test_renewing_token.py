"""A token that renews itself: when, how often, and what happens when it cannot."""

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.sdk.clients import Both
from tests.sdk.recording_server import Answer, Asked, RecordingServer, as_json
from tests.sdk.token_server import TokenServer
from typing_extensions import override

from grantwell.sdk import (
    AsyncGrantwell,
    AsyncRenewingToken,
    BadRequestError,
    ClientCredentials,
    FileStorage,
    Grantwell,
    InternalServerError,
    LoginError,
    LoginRequiredError,
    MemoryStorage,
    RefreshToken,
    RenewingToken,
    StoredToken,
)
from grantwell.sdk.login import async_renewing_token, renewal, renewing_token

NOW = 1_767_225_600
KINDS: dict[str, Any] = {"blocking": RenewingToken, "asynchronous": AsyncRenewingToken}


class Clock:
    """The time, in the test's hand."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def kept(server: RecordingServer, **changes: Any) -> StoredToken:
    fields: dict[str, Any] = {
        "access_token": "access-0",
        "expires_at": NOW + 1800,
        "client_id": "c",
        "base_url": server.base_url,
        "refresh_token": "refresh-0",
        "resource": "https://api.test",
    }
    return StoredToken(**fields | changes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(server: RecordingServer) -> TokenServer:
    server.behaviour = TokenServer()
    return server.behaviour


@pytest.fixture
def renewing(both: Both, kind: str, clock: Clock) -> Callable[..., Any]:
    """Makes a token that renews itself, of the client's kind."""

    def make(storage: object = None, source: object = None) -> Any:
        return KINDS[kind](both.client, storage, source, clock=clock)

    return make


def test_a_fresh_token_is_used_without_asking_anybody(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, clock: Clock
) -> None:
    token = renewing(MemoryStorage(kept(server)))
    assert both.done(token.access_token()) == "access-0"
    clock.now += 1739
    assert both.done(token.access_token()) == "access-0"
    assert server.asked == []


def test_a_token_is_renewed_a_minute_before_its_end_and_the_new_one_is_kept(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    storage = MemoryStorage(kept(server))
    token = renewing(storage)
    clock.now += 1740
    assert [both.done(token.access_token()) for _ in range(3)] == ["access-1"] * 3
    assert len(server.asked) == 1
    assert server.last.form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-0",
        "client_id": "c",
        "resource": "https://api.test",
    }
    assert storage.load() == kept(
        server, access_token="access-1", refresh_token="refresh-1", expires_at=NOW + 3540, scope="admin"
    )


def test_a_chain_of_renewals_follows_the_rotation(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    token = renewing(MemoryStorage(kept(server)))
    for number in range(1, 6):
        clock.now += 1750
        assert both.done(token.access_token()) == f"access-{number}"
    assert tokens.refused == 0


def test_a_server_that_keeps_the_refresh_token_is_understood(
    both: Both, renewing: Callable[..., Any], server: RecordingServer
) -> None:
    server.will(as_json({"access_token": "access-1", "token_type": "Bearer", "expires_in": 60}))
    storage = MemoryStorage(kept(server, expires_at=NOW, scope="admin"))
    assert both.done(renewing(storage).access_token()) == "access-1"
    renewed = storage.load()
    assert renewed is not None
    assert (renewed.refresh_token, renewed.scope) == ("refresh-0", "admin")


def test_a_token_that_an_api_refused_is_renewed_however_fresh_it_seems(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer
) -> None:
    token = renewing(MemoryStorage(kept(server)))
    assert both.done(token.access_token(rejected="access-0")) == "access-1"
    assert both.done(token.access_token(rejected="access-0")) == "access-1"
    assert len(server.asked) == 1


def test_a_confidential_clients_secret_goes_along_and_does_not_show(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer
) -> None:
    source = RefreshToken(client_secret="s3cret")
    both.done(renewing(MemoryStorage(kept(server, expires_at=NOW)), source).access_token())
    assert server.last.form["client_secret"] == "s3cret"
    assert "s3cret" not in repr(source)


def test_a_programs_own_credentials_bring_a_token_and_bring_it_again(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    source = ClientCredentials("c", "s3cret", scope="admin", resource="https://api.test")
    token = renewing(source=source)
    assert [both.done(token.access_token()) for _ in range(2)] == ["access-1", "access-1"]
    clock.now += 1800
    assert both.done(token.access_token()) == "access-2"
    assert len(server.asked) == 2
    assert server.last.form == {
        "grant_type": "client_credentials",
        "client_id": "c",
        "client_secret": "s3cret",
        "scope": "admin",
        "resource": "https://api.test",
    }
    assert "s3cret" not in repr(source)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (None, "no token is kept: log in"),
        ({"refresh_token": None}, "none to renew it is kept"),
        ({"base_url": "https://another.test/v2"}, "is from https://another.test/v2"),
    ],
)
def test_where_there_is_nothing_to_ask_with_nobody_is_asked(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, changes: dict[str, Any] | None, complaint: str
) -> None:
    storage = MemoryStorage(None if changes is None else kept(server, expires_at=NOW, **changes))
    with pytest.raises(LoginRequiredError, match=complaint):
        both.done(renewing(storage).access_token())
    assert server.asked == []


def test_a_refresh_token_that_is_dead_asks_for_a_new_login(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer
) -> None:
    storage = MemoryStorage(kept(server, refresh_token="stolen-s3cret", expires_at=NOW + 30))
    with pytest.raises(LoginRequiredError, match="log in again") as raised:
        both.done(renewing(storage).access_token())
    assert "s3cret" not in str(raised.value)


def test_a_refusal_that_a_new_login_would_not_mend_is_told_as_it_is(
    both: Both, renewing: Callable[..., Any], server: RecordingServer
) -> None:
    server.will(as_json({"error": "invalid_target", "error_description": "no such resource"}, 400))
    with pytest.raises(BadRequestError, match="invalid_target: no such resource"):
        both.done(renewing(MemoryStorage(kept(server, expires_at=NOW))).access_token())


def test_an_outage_is_bridged_as_long_as_the_token_lives(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, clock: Clock, pauses: list[float]
) -> None:
    server.behaviour = lambda _: as_json({"error": "temporarily_unavailable"}, 503)
    token = renewing(MemoryStorage(kept(server)))
    clock.now += 1790
    assert both.done(token.access_token()) == "access-0"
    clock.now += 10
    with pytest.raises(InternalServerError):
        both.done(token.access_token())
    assert len(pauses) == 4


def test_in_an_outage_a_token_that_is_still_good_is_not_waited_for_by_everybody(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, clock: Clock, pauses: list[float]
) -> None:
    server.behaviour = lambda _: as_json({}, 503)
    token = renewing(MemoryStorage(kept(server)))
    clock.now += 1780
    assert {both.done(token.access_token()) for _ in range(20)} == {"access-0"}
    assert len(server.asked) == 3
    clock.now += 5
    server.behaviour = TokenServer()
    assert both.done(token.access_token()) == "access-1"
    assert len(server.asked) == 4
    assert len(pauses) == 2


def test_in_an_outage_threads_that_queue_for_a_token_ask_once(server: RecordingServer, clock: Clock) -> None:
    arrived, gate = threading.Event(), threading.Event()

    def fail(_: Asked) -> Answer:
        arrived.set()
        gate.wait(30)
        return as_json({}, 503)

    server.behaviour = fail
    with Grantwell(base_url=server.base_url, max_retries=0) as client, ThreadPoolExecutor(8) as pool:
        token = RenewingToken(client, MemoryStorage(kept(server, expires_at=NOW + 30)), clock=clock)
        waiting = [pool.submit(token.access_token) for _ in range(8)]
        assert arrived.wait(30)
        gate.set()
        assert {each.result(30) for each in waiting} == {"access-0"}
    assert len(server.asked) == 1


async def test_whoever_was_refused_a_token_does_not_get_it_again_from_a_renewal_that_was_under_way(
    server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    async with AsyncGrantwell(base_url=server.base_url) as client:
        token = AsyncRenewingToken(client, MemoryStorage(kept(server)), clock=clock)
        refused = (token.access_token(rejected="access-0") for _ in range(5))
        assert await asyncio.gather(token.access_token(), *refused) == ["access-0", *["access-1"] * 5]
    assert len(server.asked) == 1


def test_an_outage_does_not_bring_back_a_token_that_was_refused(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, pauses: list[float]
) -> None:
    server.behaviour = lambda _: as_json({}, 503)
    with pytest.raises(InternalServerError):
        both.done(renewing(MemoryStorage(kept(server))).access_token(rejected="access-0"))
    assert len(pauses) == 2


def test_after_a_failure_the_next_attempt_may_succeed(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tokens: TokenServer, pauses: list[float]
) -> None:
    server.will(*[as_json({}, 503)] * 3)
    token = renewing(MemoryStorage(kept(server, expires_at=NOW)))
    with pytest.raises(InternalServerError):
        both.done(token.access_token())
    assert both.done(token.access_token()) == "access-1"
    assert len(pauses) == 2


def test_what_another_process_renewed_is_taken_over(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, tmp_path: Path, clock: Clock
) -> None:
    storage = FileStorage(tmp_path / "token")
    storage.save(kept(server))
    token = renewing(storage)
    both.done(token.access_token())
    storage.save(kept(server, access_token="theirs", refresh_token="refresh-9", expires_at=NOW + 9999))
    clock.now += 1800
    assert both.done(token.access_token()) == "theirs"
    assert server.asked == []


def test_a_lock_that_is_never_given_back_is_an_error_and_not_forever(
    both: Both, renewing: Callable[..., Any], server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (renewing_token, async_renewing_token, renewal):
        monkeypatch.setattr(module, "LOCK_PATIENCE_SECONDS", 0.0)
    storage = FileStorage(tmp_path / "token")
    storage.save(kept(server, expires_at=NOW))
    other = storage.lock()
    assert other.try_acquire()
    with pytest.raises(LoginError, match="another process"):
        both.done(renewing(storage).access_token())
    other.release()
    assert server.asked == []


def test_many_threads_that_find_a_token_old_renew_it_once(
    server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    tokens.gate.clear()
    with Grantwell(base_url=server.base_url) as client, ThreadPoolExecutor(32) as pool:
        token = RenewingToken(client, MemoryStorage(kept(server, expires_at=NOW)), clock=clock)
        together = threading.Barrier(33, timeout=30)

        def ask() -> str:
            together.wait()
            return token.access_token()

        waiting = [pool.submit(ask) for _ in range(32)]
        together.wait()
        assert tokens.arrived.wait(30)
        tokens.gate.set()
        assert {each.result(30) for each in waiting} == {"access-1"}
    assert len(server.asked) == 1


class CountingStorage(MemoryStorage):
    """Counts how often it is read."""

    loads = 0

    @override
    def load(self) -> StoredToken | None:
        self.loads += 1
        return super().load()


async def test_many_tasks_that_find_a_token_old_renew_it_once_and_together(
    server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    storage = CountingStorage(kept(server, expires_at=NOW))
    async with AsyncGrantwell(base_url=server.base_url) as client:
        token = AsyncRenewingToken(client, storage, clock=clock)
        assert set(await asyncio.gather(*(token.access_token() for _ in range(64)))) == {"access-1"}
    assert (len(server.asked), storage.loads) == (1, 1)


async def test_a_renewal_is_finished_and_kept_though_whoever_asked_is_gone(
    server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    tokens.gate.clear()
    storage = MemoryStorage(kept(server, expires_at=NOW))
    async with AsyncGrantwell(base_url=server.base_url) as client:
        token = AsyncRenewingToken(client, storage, clock=clock)
        gone, patient = (asyncio.create_task(token.access_token()) for _ in range(2))
        assert await asyncio.to_thread(tokens.arrived.wait, 30)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        tokens.gate.set()
        assert await patient == "access-1"
    renewed = storage.load()
    assert renewed is not None
    assert renewed.refresh_token == "refresh-1"
    assert len(server.asked) == 1


async def test_a_failure_that_nobody_waits_for_any_longer_makes_no_noise(
    server: RecordingServer, tokens: TokenServer, clock: Clock
) -> None:
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
    tokens.gate.clear()
    storage = MemoryStorage(kept(server, refresh_token="dead", expires_at=NOW))
    async with AsyncGrantwell(base_url=server.base_url) as client:
        token = AsyncRenewingToken(client, storage, clock=clock)
        gone = asyncio.create_task(token.access_token())
        assert await asyncio.to_thread(tokens.arrived.wait, 30)
        gone.cancel()
        tokens.gate.set()
        with pytest.raises(LoginRequiredError):
            await token.access_token()
    assert noise == []


def renew_in_a_process(path: str, base_url: str, rounds: int) -> list[str]:
    """Asks for a token again and again, each time as a program that has just begun and finds the old one refused."""
    seen: list[str] = []
    with Grantwell(base_url=base_url) as client:
        for _ in range(rounds):
            token = RenewingToken(client, FileStorage(path))
            before = token.access_token()
            seen += [before, token.access_token(rejected=before)]
    return seen


def test_processes_that_share_a_file_never_present_a_used_refresh_token(
    server: RecordingServer, tokens: TokenServer, tmp_path: Path
) -> None:
    path = tmp_path / "token.json"
    FileStorage(path).save(kept(server, expires_at=0))
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        seen = pool.starmap(renew_in_a_process, [(str(path), server.base_url, 10)] * 3)
    assert tokens.refused == 0
    assert all(before != after for each in seen for before, after in zip(each[::2], each[1::2], strict=True))
    last = FileStorage(path).load()
    assert last is not None
    assert last.refresh_token == tokens.head
