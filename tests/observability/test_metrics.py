"""What happens to a real server is what a scrape tells: counted once, under few names, on an address of its own."""

import asyncio
import math
from collections.abc import Sequence
from time import perf_counter

import httpx
import pytest
from tests.conftest import StartServer
from tests.observability.conftest import Look
from tests.support.actors import Client
from tests.support.clock import Clock
from tests.support.server import EMAIL, Server
from tests.support.waiting import until

from grantwell import __version__
from grantwell.asgi import background
from grantwell.asgi.metrics.catalogue import BY_NAME, METRICS
from grantwell.asgi.tally import Tally
from grantwell.protocol.changes import Change
from grantwell.protocol.store import StorageUnavailable
from grantwell.storage.sqlite import SqliteBackend

ONLY_SQLITE = {name for name in BY_NAME if name.startswith("grantwell_writer_")}
ONLY_POSTGRESQL = {name for name in BY_NAME if name.startswith("grantwell_pool_")}
# There is no sample of it before the first lost race.
NOT_AT_FIRST = {"grantwell_conflicts_total", "grantwell_requests_total", "grantwell_request_duration_seconds"}


async def test_requests_are_counted_by_operation_status_and_reason(watched: Server, look: Look) -> None:
    client = await watched.make_client()
    for _ in range(3):
        await watched.client_token(client)
    await watched.token(client.with_secret("wrong"), "client_credentials")
    await watched.http.get("/v2/nothing/here")
    found = await look()
    count = "grantwell_requests_total"
    assert found.value(count, operation="ExchangeOAuthToken", status="200", reason="") == 3
    assert found.value(count, operation="ExchangeOAuthToken", status="401", reason="client_secret_wrong") == 1
    assert found.value(count, operation="CreateOAuthClient", status="201", reason="") == 1
    assert found.value(count, operation="none", status="404", reason="path_unknown") == 1
    assert found.total(count) == 6


async def test_the_time_of_each_answer_is_in_one_histogram_for_each_operation(watched: Server, look: Look) -> None:
    client = await watched.make_client()
    for _ in range(20):
        await watched.client_token(client)
    found = await look()
    name, operation = "grantwell_request_duration_seconds", "ExchangeOAuthToken"
    buckets = [
        (float(dict(labels)["le"]), count) for labels, count in found.each(f"{name}_bucket", operation=operation)
    ]
    assert [count for _, count in buckets] == sorted(count for _, count in buckets)
    assert math.isinf(buckets[-1][0])
    assert found.value(f"{name}_count", operation=operation) == 20
    seconds = [event.seconds for event in watched.events if event.operation == operation]
    assert found.value(f"{name}_sum", operation=operation) == pytest.approx(sum(seconds))
    for bound, count in buckets:
        assert count == sum(each <= bound for each in seconds)


async def test_tokens_are_counted_by_the_grant_that_they_were_issued_for(watched: Server, look: Look) -> None:
    client = await watched.make_client()
    before = await look()
    tokens = await watched.log_in(client)
    await watched.refresh(client, tokens["refresh_token"])
    await watched.refresh(client, tokens["refresh_token"])
    await watched.client_token(client)
    await watched.redeem(client, "gw_code_of_somebody_else")
    found = await look()
    for grant_type, issued in {"authorization_code": 1, "refresh_token": 2, "client_credentials": 1}.items():
        assert before.value("grantwell_tokens_issued_total", grant_type=grant_type) == 0
        assert found.value("grantwell_tokens_issued_total", grant_type=grant_type) == issued


async def test_a_replay_is_seen_as_an_increase_from_nothing(watched: Server, look: Look) -> None:
    client = await watched.make_client()
    code = await watched.approve(client)
    before = await look()
    tokens = await watched.exchange(client, code)
    await watched.redeem(client, code)
    stolen = await watched.log_in(client)
    head = stolen["refresh_token"]
    for _ in range(2):
        head = (await watched.refresh(client, head))["refresh_token"]
    assert (await watched.rotate(client, stolen["refresh_token"])).status_code == 400
    assert tokens
    found = await look()
    for credential in ("authorization_code", "refresh_token"):
        assert before.value("grantwell_replays_total", credential=credential) == 0
        assert found.value("grantwell_replays_total", credential=credential) == 1


async def test_whoever_meets_a_limit_is_counted_under_its_name(
    start_server: StartServer, address: str, look: Look
) -> None:
    server = await start_server(metrics_address=address, rate_limits='{"register": "2/hour"}')
    before = await look()
    for _ in range(5):
        await server.register(redirect_uris=["https://client.example/callback"])
    found = await look()
    assert before.value("grantwell_rate_limited_total", limit="register") == 0
    assert found.value("grantwell_rate_limited_total", limit="register") == 3
    assert found.value("grantwell_rate_limited_total", limit="sign_in_account") == 0


async def lose_a_race(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a client that somebody else allows just before that is written down."""
    client, apply = await server.make_client(), server.backend.apply

    async def come_second(changes: Sequence[Change]) -> int:
        monkeypatch.setattr(server.backend, "apply", apply)
        await server.approve(client)
        return await apply(changes)

    monkeypatch.setattr(server.backend, "apply", come_second)
    await server.approve(client)


async def test_lost_races_are_counted_with_the_operation_that_settled_them(
    watched: Server, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lose_a_race(watched, monkeypatch)
    found = await look()
    assert found.value("grantwell_conflicts_total", operation="CreateOAuthGrant") == 1
    assert len(found.all_of("grantwell_conflicts_total")) == 1


async def converse(server: Server, name: str) -> Client:
    """Much of what clients do, well and badly, under names of their own."""
    client = await server.make_client(name=name)
    tokens = await server.log_in(client, state=f"state-{name}")
    await server.refresh(client, tokens["refresh_token"])
    await server.introspect(client, tokens["access_token"])
    await server.authorize(Client(f"unknown-{name}", None))
    await server.token(Client(f"unknown-{name}", "secret"), "client_credentials")
    await server.token(client, f"urn:example:{name}")
    await server.http.get(f"/v2/{name}")
    await server.http.get(f"/{name}")
    await server.http.request(f"M{name.upper()}", "/v2/oauth/token")
    await server.http.get("/healthz", headers={"Host": f"{name}.example"})
    await server.manage("GET", f"/oauth_clients/{name}")
    return client


async def test_neither_a_client_nor_a_path_nor_any_word_of_a_caller_becomes_a_label(
    watched: Server, look: Look
) -> None:
    await converse(watched, "first")
    once = await look()
    clients = [await converse(watched, f"other{number}") for number in range(5)]
    often = await look()
    assert often.samples.keys() == once.samples.keys()
    assert often.total("grantwell_requests_total") == 6 * once.total("grantwell_requests_total")
    told = often.text.casefold()
    for word in ("first", "other0", "urn:example", clients[0].client_id, EMAIL, "192.0.2.1", "/v2"):
        assert word.casefold() not in told


async def test_every_metric_of_the_catalogue_is_exposed_and_no_other(
    watched: Server, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    await converse(watched, "somebody")
    await lose_a_race(watched, monkeypatch)
    found = await look()
    of_the_other = ONLY_POSTGRESQL if isinstance(watched.backend, SqliteBackend) else ONLY_SQLITE
    assert found.metrics.keys() == BY_NAME.keys() - of_the_other
    assert found.metrics == {name: BY_NAME[name].kind for name in found.metrics}
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.help}\n" in found.text or metric.name in of_the_other


async def test_what_may_happen_seldom_is_there_from_the_start(watched: Server, look: Look) -> None:
    found = await look()
    assert BY_NAME.keys() - found.metrics.keys() - ONLY_SQLITE - ONLY_POSTGRESQL == NOT_AT_FIRST


async def test_the_database_tells_how_it_is_loaded(watched: Server, look: Look) -> None:
    await asyncio.gather(*(watched.make_client() for _ in range(30)))
    found = await look()
    if isinstance(watched.backend, SqliteBackend):
        changes = found.value("grantwell_writer_group_size_sum")
        assert changes >= 30
        assert 0 < found.value("grantwell_writer_group_size_count") <= changes
        assert found.value("grantwell_writer_busy_seconds_total") > 0
        assert found.value("grantwell_writer_waiting") == 0
    else:
        limit = found.value("grantwell_pool_connections_limit")
        idle = found.value("grantwell_pool_connections", state="idle")
        assert 1 <= idle <= limit
        assert found.value("grantwell_pool_connections", state="in_use") == 0
        assert found.value("grantwell_pool_waits_total") >= 1
        assert found.value("grantwell_pool_wait_seconds_total") > 0
    kind = "sqlite" if isinstance(watched.backend, SqliteBackend) else "postgresql"
    (build,) = [dict(labels) for name, labels in found.samples if name == "grantwell_build_info"]
    assert (build["version"], build["database"]) == (__version__, kind)


async def test_clean_up_tells_what_it_has_removed_however_much_it_was(
    watched: Server, look: Look, clock: Clock
) -> None:
    client = await watched.make_client()
    for _ in range(7):
        await watched.approve(client)
    clock.advance(watched.app.settings.access_token_seconds + 61)
    await watched.app.background.clean_up()
    found = await look()
    assert found.value("grantwell_rows_removed_total", table="lineages") == 7
    assert found.value("grantwell_rows_removed_total", table="clients") == 0


async def test_clean_up_goes_on_until_no_whole_batch_is_left(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("grantwell.jobs.clean_up.BATCH", 3)
    server = await start_server()
    client = await server.make_client()
    for _ in range(8):
        await server.approve(client)
    clock.advance(server.app.settings.access_token_seconds + 61)
    await server.app.background.clean_up()
    assert server.app.background.removed["lineages"] == 8
    monkeypatch.setattr(background, "MOST_BATCHES", 2)
    for _ in range(8):
        await server.approve(client)
    clock.advance(server.app.settings.access_token_seconds + 61)
    await server.app.background.clean_up()
    assert server.app.background.removed["lineages"] == 14


def run_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the jobs run a hundred times a second from the next start on."""
    monkeypatch.setattr(background, "SECONDS_BETWEEN", dict.fromkeys(background.SECONDS_BETWEEN, 0.01))


async def test_jobs_tell_how_their_runs_ended(
    start_server: StartServer, address: str, look: Look, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    run_often(monkeypatch)
    server = await start_server(metrics_address=address)
    records = server.app.background.records
    await until(lambda: all(record.runs["done"] for record in records.values()))
    clock.advance(5)
    found = await look()
    runs, success = "grantwell_background_runs_total", "grantwell_background_last_success_timestamp_seconds"
    for job in background.SECONDS_BETWEEN:
        assert found.value(runs, task=job, result="done") >= 1
        assert found.value(runs, task=job, result="failed") == 0
        assert clock.now - 5 <= found.value(success, task=job) <= clock.now
        assert found.value("grantwell_background_seconds_total", task=job) > 0
        assert 0 <= found.value("grantwell_background_lag_seconds", task=job) < 30


async def test_a_job_that_fails_or_has_to_wait_is_told_apart(
    start_server: StartServer, address: str, look: Look, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    run_often(monkeypatch)

    async def fail(_self: object) -> None:
        raise ZeroDivisionError

    async def wait(_self: object) -> None:
        raise StorageUnavailable("the database is away")

    monkeypatch.setattr(background.Background, "rotate", fail)
    monkeypatch.setattr(background.Background, "clean_up", wait)
    started = clock.now
    server = await start_server(metrics_address=address)
    clock.advance(100)
    records = server.app.background.records
    await until(lambda: bool(records["rotation"].runs["failed"] and records["clean_up"].runs["postponed"]))
    found = await look()
    runs = "grantwell_background_runs_total"
    assert found.value(runs, task="rotation", result="failed") >= 1
    assert found.value(runs, task="clean_up", result="postponed") >= 1
    assert found.value(runs, task="rotation", result="done") == 0
    assert found.value("grantwell_background_last_success_timestamp_seconds", task="rotation") == started


async def test_signing_keys_are_told_by_state_and_age(watched: Server, look: Look, clock: Clock) -> None:
    days = watched.app.settings.signing_key_days * 86400
    first = await look()
    states = {state: first.value("grantwell_signing_keys", state=state) for state in ("next", "signing", "verifying")}
    assert states == {"next": 0, "signing": 1, "verifying": 0}
    assert first.value("grantwell_signing_key_age_seconds") == 0
    assert first.value("grantwell_signing_key_rotation_seconds") == days
    clock.advance(days)
    await watched.app.background.rotate()
    overdue = await look()
    assert overdue.value("grantwell_signing_key_age_seconds") == days
    assert overdue.value("grantwell_signing_keys", state="next") == 1
    clock.advance(3600)
    rotated = await look()
    assert rotated.value("grantwell_signing_key_age_seconds") < 3600
    assert rotated.value("grantwell_signing_keys", state="next") == 0
    assert rotated.value("grantwell_signing_keys", state="verifying") == 1


async def test_the_process_tells_what_it_takes(watched: Server, look: Look) -> None:
    found = await look()
    assert found.value("grantwell_processes") == found.value("grantwell_process_starts_total") == 1
    assert 10 * 2**20 < found.value("grantwell_resident_memory_bytes") < 2**30
    assert found.value("grantwell_cpu_seconds_total") > 0
    assert found.value("grantwell_log_lines_lost_total") == 0
    assert found.value("grantwell_loop_lag_seconds") >= 0


async def test_the_metrics_are_at_one_path_of_their_own_address_only(watched: Server, address: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}") as http:
        assert (await http.get("/")).status_code == 404
        assert (await http.get("/v2/oauth/jwks")).status_code == 404
        assert (await http.post("/metrics")).status_code == 405
        head = await http.head("/metrics")
        assert head.status_code == 200
        assert int(head.headers["content-length"]) > 1000
        assert head.content == b""
    assert (await watched.http.get("/metrics")).status_code == 404
    assert "grantwell_" not in (await watched.http.get("/metrics")).text


async def test_the_address_is_free_again_when_the_server_has_ended(start_server: StartServer, address: str) -> None:
    server = await start_server(metrics_address=address)
    await server.stop()
    again = await start_server(metrics_address=address)
    assert again.app.settings.metrics_address == address


async def test_counting_a_request_costs_less_than_two_microseconds(server: Server) -> None:
    await converse(server, "somebody")
    events, tally, batches = server.events * 50, Tally(), []
    for _ in range(50):
        began = perf_counter()
        for event in events:
            tally(event)
        batches.append((perf_counter() - began) / len(events))
    assert min(batches) < 2e-6
