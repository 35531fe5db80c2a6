"""The server's keys at a protected resource: rotation, outages, and how seldom the server is asked."""

import asyncio
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.requirements.marker import requirement
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.resource.conftest import MakeResource
from tests.resource.refusing import admits, reason_of, refusal_of
from tests.support.clock import Clock
from tests.support.tokens import header_of, reworded

from grantwell.resource import ProtectedResource
from grantwell.resource.knowledge import AGEING, PAUSE_SECONDS

JWKS = "/v2/oauth/jwks"
MAX_AGE = 300


def attempts_to_end() -> None:
    """Wait for the thread that asks the server behind the back of requests."""
    for thread in threading.enumerate():
        if thread.name == "grantwell-keys":
            thread.join(10)


def test_the_keys_are_asked_for_once_and_then_kept(server: AuthorizationServer, api: ProtectedResource) -> None:
    assert server.asked[JWKS] == 0
    for _ in range(3):
        assert admits(api, server.token())
    assert server.asked[JWKS] == 1


def test_keys_are_refreshed_before_their_time_is_over_and_no_request_waits(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    token = server.token()
    assert admits(api, token)
    clock.advance(MAX_AGE * AGEING)
    assert admits(api, token)
    attempts_to_end()
    assert server.asked[JWKS] == 2
    clock.advance(MAX_AGE * AGEING - 1)
    assert admits(api, token)
    attempts_to_end()
    assert server.asked[JWKS] == 2


async def test_many_that_wait_for_the_same_keys_ask_once(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = await asyncio.to_thread(server.token)
    with ThreadPoolExecutor(8) as threads:
        loop = asyncio.get_running_loop()
        blocking = [loop.run_in_executor(threads, api.verify, token) for _ in range(8)]
        waiting = [api.verify_async(token) for _ in range(50)]
        admitted = await asyncio.gather(*blocking, *waiting)
    assert len(admitted) == 58
    assert server.asked[JWKS] == 1


async def test_whoever_gives_up_waiting_leaves_the_keys_to_the_others(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = await asyncio.to_thread(server.token)
    impatient = asyncio.create_task(api.verify_async(token))
    patient = asyncio.create_task(api.verify_async(token))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).scopes == {"orders:read"}
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert server.asked[JWKS] == 1


def test_a_new_key_is_found_as_soon_as_a_token_names_it(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    old = server.token()
    assert admits(api, old)
    clock.advance(PAUSE_SECONDS)
    server.rotate(at_once=True)
    new = server.token()
    assert admits(api, new)
    assert admits(api, old)
    assert server.asked[JWKS] == 2


@requirement("protected-resource.rotation")
@pytest.mark.parametrize("signing_algorithm", ["ES256", "RS256", "EdDSA"])
def test_no_token_is_refused_while_keys_are_rotated(
    signing_algorithm: str, first_start: Path, tmp_path: Path, clock: Clock
) -> None:
    shutil.copytree(first_start, tmp_path / "data")
    server = AuthorizationServer(tmp_path / "data", clock, signing_algorithm=signing_algorithm)
    api = ProtectedResource(RESOURCE, issuer=server.origin, clock=clock)
    client = server.client()
    server.rotate()
    seen: set[str] = set()
    for _ in range(60):
        token = server.token_of(client)
        assert admits(api, token)
        seen |= {header_of(token)["alg"], header_of(token)["kid"]}
        attempts_to_end()
        clock.advance(30)
    server.stop()
    # Two keys, of which the first was made before, by the default.
    assert len(seen - {"ES256", signing_algorithm}) == 2
    assert {"ES256", signing_algorithm} <= seen
    assert server.asked[JWKS] <= 1 + 60 * 30 / (MAX_AGE * AGEING)


def test_a_key_that_was_revoked_verifies_nothing_once_the_key_set_is_old(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    stolen = server.token()
    assert admits(api, stolen)
    server.rotate(at_once=True, revoke_the_old=True)
    clock.advance(MAX_AGE)
    # Nobody was here for all that time: the first request waits, and does not go by what is old.
    assert reason_of(api, stolen) == "token_unknown_key"


def test_unknown_keys_make_the_server_asked_once_in_a_while_and_not_more(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    token = server.token()
    assert admits(api, token)
    clock.advance(PAUSE_SECONDS)
    for number in range(20):
        assert reason_of(api, reworded(token, header={"kid": f"made-up-{number}"})) == "token_unknown_key"
    assert server.asked[JWKS] == 2
    clock.advance(PAUSE_SECONDS - 1)
    assert reason_of(api, reworded(token, header={"kid": "made-up"})) == "token_unknown_key"
    assert server.asked[JWKS] == 2
    clock.advance(1)
    assert reason_of(api, reworded(token, header={"kid": "made-up"})) == "token_unknown_key"
    assert server.asked[JWKS] == 3


@requirement("protected-resource.outage")
def test_an_outage_of_the_server_stops_no_request_for_a_bounded_time(
    server: AuthorizationServer, make_resource: MakeResource, clock: Clock
) -> None:
    api = make_resource(outage_seconds=1000)
    token = server.token()
    assert admits(api, token)
    server.stop()
    clock.advance(MAX_AGE + 999)
    assert admits(api, token)
    clock.advance(1)
    refused = refusal_of(api, token)
    assert (refused.reason, refused.status) == ("keys_unavailable", 503)
    server.start()
    clock.advance(1)
    assert admits(api, token)


def test_in_an_outage_only_one_request_in_a_while_waits_for_nothing(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    token = server.token()
    assert admits(api, token)
    server.unwell = 500
    clock.advance(MAX_AGE)
    for _ in range(5):
        assert admits(api, token)
    asked = server.asked["/.well-known/oauth-authorization-server"]
    assert asked == 2
    clock.advance(PAUSE_SECONDS)
    assert admits(api, token)
    attempts_to_end()
    assert server.asked["/.well-known/oauth-authorization-server"] == 3
    server.unwell = 0
    clock.advance(PAUSE_SECONDS)
    assert admits(api, token)
    attempts_to_end()
    assert server.asked[JWKS] == 2


def test_nobody_says_that_a_key_is_unknown_who_could_not_ask(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    token = server.token()
    assert admits(api, token)
    server.stop()
    clock.advance(PAUSE_SECONDS)
    assert reason_of(api, reworded(token, header={"kid": "perhaps-a-new-one"})) == "keys_unavailable"
    assert admits(api, token)
    server.start()


def test_an_api_that_starts_before_its_server_finds_it_later(
    server: AuthorizationServer, api: ProtectedResource, clock: Clock
) -> None:
    token = server.token()
    server.stop()
    assert reason_of(api, token) == "keys_unavailable"
    server.start()
    assert reason_of(api, token) == "keys_unavailable"
    clock.advance(1)
    assert admits(api, token)


def test_the_keys_may_be_at_an_address_of_their_own(server: AuthorizationServer, make_resource: MakeResource) -> None:
    api = make_resource(jwks_uri=f"{server.origin}{JWKS}")
    assert admits(api, server.token())
    assert server.asked == {JWKS: 1}


@requirement("protected-resource.server-metadata")
def test_metadata_of_another_issuer_are_not_gone_by(server: AuthorizationServer, make_resource: MakeResource) -> None:
    api = make_resource(issuer=server.origin.replace("127.0.0.1", "localhost"))
    assert reason_of(api, server.token()) == "keys_unavailable"
    assert server.asked[JWKS] == 0
