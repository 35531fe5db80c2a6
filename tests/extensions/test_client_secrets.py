"""Rotating a client's secret over the API: who may, what is told, and what a repeated call does not break."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CLIENT_SECRET,
    NOW,
    OLDER_CLIENT_SECRET,
    a_call,
    a_caller,
    a_client,
    a_context,
    a_json_call,
    a_public_client,
)

from grantwell.extensions.client_secrets import (
    END_OLDER_CLIENT_SECRET,
    LIST_CLIENT_SECRETS,
    ROTATE_CLIENT_SECRET,
    RotationRequest,
)
from grantwell.protocol.changes import RecordEvent, ReplaceClient
from grantwell.protocol.client_secret_bodies import ClientSecret, ClientSecretList, ClientSecretResponse
from grantwell.protocol.client_secret_rotation import MAXIMUM_OVERLAP
from grantwell.protocol.errors import AccessDenied, NotFound, Unprocessable
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE

ADMIN = a_caller(kind="session", role="admin")


def with_older(until: int = NOW + 600) -> Client:
    return replace(
        a_client(),
        older_secret_hash=hash_secret(OLDER_CLIENT_SECRET),
        older_secret_expires_at=until,
        older_secret_last_used_at=NOW - 5,
        secret_last_used_at=NOW - 1,
    )


def rotate(client: Client | None, body: dict[str, Any], *, caller: Any = ADMIN) -> Outcome:
    context = a_context(caller=caller)
    request = ROTATE_CLIENT_SECRET.read(a_json_call(body, id="client-1"), context)
    return ROTATE_CLIENT_SECRET.decide(request, client, context)


def body_of(outcome: Outcome, status: int) -> Any:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (status, NO_STORE)
    return outcome.reply.body


def changed(outcome: Outcome) -> tuple[Client, str]:
    change, event = outcome.changes
    assert isinstance(change, ReplaceClient)
    assert isinstance(event, RecordEvent)
    return change.client, event.event.kind


def test_a_rotation_tells_the_new_secret_once_and_when_the_present_one_ends() -> None:
    outcome = rotate(a_client(), {"overlap_seconds": 3600})
    body = body_of(outcome, 201)
    assert isinstance(body, ClientSecretResponse)
    client, kind = changed(outcome)
    assert hash_secret(body.data.client_secret) == client.secret_hash
    assert client.older_secret_hash == hash_secret(CLIENT_SECRET)
    assert (body.data.older_secret_expires_at, body.data.ended_older) == (rfc3339(NOW + 3600), False)
    assert kind == "client.secret_rotated"


def test_the_overlap_is_a_day_where_nothing_is_said() -> None:
    context = a_context(caller=ADMIN)
    request = ROTATE_CLIENT_SECRET.read(a_call("POST", id="client-1"), context)
    assert request == RotationRequest("client-1", 86400, False)


def test_without_an_overlap_no_end_is_told_for_it_has_come() -> None:
    assert body_of(rotate(a_client(), {"overlap_seconds": 0}), 201).data.older_secret_expires_at is None


def test_a_repeated_rotation_does_not_end_the_secret_that_is_still_in_use() -> None:
    with refused(Unprocessable, "older_secret_alive"):
        rotate(with_older(), {})
    body = body_of(rotate(with_older(), {"end_older": True}), 201)
    assert body.data.ended_older is True


def test_an_older_secret_whose_time_is_over_is_in_nobodys_way() -> None:
    assert body_of(rotate(with_older(until=NOW), {}), 201).data.ended_older is False


@pytest.mark.parametrize(
    "body",
    [
        {"overlap_seconds": "3600"},
        {"overlap_seconds": True},
        {"overlap_seconds": 1.5},
        {"overlap_seconds": None},
        {"end_older": "yes"},
        {"overlap": 3600},
    ],
)
def test_what_is_no_rotation_is_refused(body: dict[str, Any]) -> None:
    with refused(Unprocessable, "secret_rotation_malformed"):
        rotate(a_client(), body)


@pytest.mark.parametrize("overlap", [-1, MAXIMUM_OVERLAP + 1, 10**30])
def test_an_overlap_has_its_bounds(overlap: int) -> None:
    with refused(Unprocessable, "secret_overlap_out_of_range"):
        rotate(a_client(), {"overlap_seconds": overlap})


def test_a_public_client_has_nothing_to_rotate() -> None:
    with refused(Unprocessable, "client_without_secret"):
        rotate(a_public_client(), {})


def test_only_its_maker_or_an_administrator_rotates_a_secret() -> None:
    stranger = a_caller(kind="session", role="member", user_id="user-2")
    with refused(AccessDenied, "client_of_another_user"):
        rotate(a_client(), {}, caller=stranger)
    with refused(NotFound, "client_not_found"):
        rotate(None, {})
    maker = a_caller(kind="api_key", role="member", user_id=a_client().user_id)
    assert body_of(rotate(a_client(), {}, caller=maker), 201)


def test_a_client_gets_no_secret_of_another_client_nor_its_own() -> None:
    client = a_caller(kind="client", role="admin", client_id="client-1", scopes=("read", "write", "admin"))
    with refused(AccessDenied, "client_cannot_rotate"):
        rotate(a_client(), {}, caller=client)
    with refused(AccessDenied, "client_cannot_rotate"):
        END_OLDER_CLIENT_SECRET.decide("client-1", with_older(), a_context(caller=client))


def secrets_of(client: Client | None) -> tuple[ClientSecret, ...]:
    body = body_of(LIST_CLIENT_SECRETS.decide("client-1", client, a_context(caller=ADMIN)), 200)
    assert isinstance(body, ClientSecretList)
    return body.data


def test_the_list_tells_both_secrets_apart_by_their_last_use_and_their_end() -> None:
    newest, older = secrets_of(with_older())
    assert (newest.generation, newest.expires_at, newest.last_used_at) == ("newest", None, rfc3339(NOW - 1))
    assert (older.generation, older.expires_at, older.last_used_at) == ("older", rfc3339(NOW + 600), rfc3339(NOW - 5))


def test_the_list_holds_what_works_and_nothing_else() -> None:
    assert [each.generation for each in secrets_of(with_older(until=NOW))] == ["newest"]
    assert [(each.generation, each.last_used_at) for each in secrets_of(a_client())] == [("newest", None)]
    assert secrets_of(a_public_client()) == ()
    with refused(NotFound, "client_not_found"):
        secrets_of(None)


def test_the_older_secret_can_be_ended_before_its_time() -> None:
    outcome = END_OLDER_CLIENT_SECRET.decide("client-1", with_older(), a_context(caller=ADMIN))
    assert body_of(outcome, 204) is None
    client, kind = changed(outcome)
    assert (client.older_secret_expires_at, client.secret_hash) == (NOW, with_older().secret_hash)
    assert kind == "client.older_secret_ended"


def test_ending_what_is_over_changes_nothing() -> None:
    for client in (a_client(), a_public_client(), with_older(until=NOW)):
        assert END_OLDER_CLIENT_SECRET.decide("client-1", client, a_context(caller=ADMIN)).changes == ()
