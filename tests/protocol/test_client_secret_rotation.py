from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CLIENT_SECRET,
    NOW,
    OLDER_CLIENT_SECRET,
    Entropy,
    a_client,
    a_context,
    a_public_client,
    a_self_registered_client,
)

from grantwell.protocol import generated_secret
from grantwell.protocol.changes import RecordEvent, ReplaceClient
from grantwell.protocol.client_authentication import ClientCredentials, authenticate_client
from grantwell.protocol.client_secret_rotation import MAXIMUM_OVERLAP, RotatedSecret, rotate_client_secret
from grantwell.protocol.errors import InvalidClient, Unprocessable
from grantwell.protocol.generated_secret import hash_secret, payload_of
from grantwell.protocol.records import AuditEvent, Client


def rotate(client: Client, overlap: int = 3600, now: int = NOW, seed: str = "") -> RotatedSecret:
    return rotate_client_secret(client, overlap, a_context(now=now, entropy=Entropy(seed)), actor="cli")


def is_alive(client: Client, secret: str, now: int = NOW) -> bool:
    try:
        authenticate_client(client, ClientCredentials(client.client_id, secret, False), a_context(now=now))
    except InvalidClient:
        return False
    return True


def event_of(rotated: RotatedSecret) -> AuditEvent:
    (event,) = [change.event for change in rotated.changes if isinstance(change, RecordEvent)]
    return event


def test_the_new_secret_is_a_secret_of_which_only_the_hash_stays() -> None:
    rotated = rotate(a_client())
    assert payload_of(generated_secret.CLIENT_SECRET, rotated.secret) is not None
    assert rotated.client.secret_hash == hash_secret(rotated.secret)
    assert rotated.secret not in repr(rotated) + repr(rotated.client) + repr(rotated.changes)


def test_the_present_secret_works_beside_the_new_one_until_the_overlap_ends() -> None:
    rotated = rotate(a_client(), overlap=3600)
    for now in (NOW, NOW + 3599):
        assert is_alive(rotated.client, CLIENT_SECRET, now)
        assert is_alive(rotated.client, rotated.secret, now)
    assert not is_alive(rotated.client, CLIENT_SECRET, NOW + 3600)
    assert is_alive(rotated.client, rotated.secret, NOW + 3600)


def test_without_an_overlap_the_present_secret_ends_at_once_and_is_still_told_apart_from_a_wrong_one() -> None:
    rotated = rotate(a_client(), overlap=0)
    with refused(InvalidClient, "client_secret_expired"):
        credentials = ClientCredentials("client-1", CLIENT_SECRET, False)
        authenticate_client(rotated.client, credentials, a_context())
    assert is_alive(rotated.client, rotated.secret)


def test_a_third_secret_is_never_alive() -> None:
    first = rotate(a_client(), seed="first")
    second = rotate(first.client, seed="second")
    assert second.secret != first.secret
    alive = {secret for secret in (CLIENT_SECRET, first.secret, second.secret) if is_alive(second.client, secret)}
    assert alive == {first.secret, second.secret}


@pytest.mark.parametrize(
    ("expires_at", "ended"), [(NOW + 1, True), (None, True), (NOW, False), (NOW - 1, False)], ids=str
)
def test_whoever_rotates_hears_whether_that_ended_an_older_secret_that_still_worked(
    expires_at: int | None, ended: bool
) -> None:
    client = a_client(older_secret_hash=hash_secret(OLDER_CLIENT_SECRET), older_secret_expires_at=expires_at)
    rotated = rotate(client)
    assert rotated.ended_older is ended
    assert ("ended the older secret" in event_of(rotated).detail) is ended
    assert not is_alive(rotated.client, OLDER_CLIENT_SECRET)


def test_a_client_without_an_older_secret_loses_none() -> None:
    assert rotate(a_client()).ended_older is False


def test_the_last_use_goes_with_the_secret_and_the_new_one_begins_unused() -> None:
    client = a_client(secret_last_used_at=NOW - 5, older_secret_last_used_at=NOW - 50)
    rotated = rotate(client).client
    assert (rotated.secret_last_used_at, rotated.older_secret_last_used_at) == (None, NOW - 5)


def test_nothing_else_of_the_client_changes_and_a_change_beside_it_wins() -> None:
    client = a_client(revision=4)
    rotated = rotate(client)
    fields = {name for name in client.__struct_fields__ if getattr(client, name) != getattr(rotated.client, name)}
    assert fields == {"secret_hash", "older_secret_hash", "older_secret_expires_at", "revision", "updated_at"}
    assert (rotated.client.revision, rotated.client.updated_at) == (5, NOW)
    assert rotated.changes[0] == ReplaceClient(rotated.client, seen=4)


def test_a_rotation_is_audited() -> None:
    event = event_of(rotate(a_client(), overlap=60))
    assert (event.kind, event.subject, event.org_id) == ("client.secret_rotated", "client-1", "org-1")
    assert (event.actor, event.detail) == ("cli", "overlap 60 s")


@pytest.mark.parametrize("client", [a_public_client(), a_self_registered_client()], ids=["managed", "registered"])
def test_a_public_client_has_no_secret_to_rotate(client: Client) -> None:
    with refused(Unprocessable, "client_without_secret"):
        rotate(client)


@pytest.mark.parametrize("changed", [{"enabled": False}, {"origin": "registration", "org_id": "org_registered"}])
def test_every_confidential_client_can_get_another_secret(changed: dict[str, Any]) -> None:
    assert rotate(a_client(**changed)).client.older_secret_hash == hash_secret(CLIENT_SECRET)


@pytest.mark.parametrize("overlap", [-1, MAXIMUM_OVERLAP + 1])
def test_an_overlap_has_its_bounds(overlap: int) -> None:
    with refused(Unprocessable, "secret_overlap_out_of_range"):
        rotate(a_client(), overlap=overlap)


def test_the_longest_overlap_is_ninety_days() -> None:
    rotated = rotate(a_client(), overlap=90 * 86400).client
    assert is_alive(rotated, CLIENT_SECRET, NOW + 90 * 86400 - 1)
