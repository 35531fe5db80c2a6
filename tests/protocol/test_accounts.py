import pytest
from tests.support.values import NOW, a_context, a_user

from grantwell.protocol.accounts import (
    account_events,
    change_user,
    new_api_key,
    new_organization,
    new_password,
    new_user,
)
from grantwell.protocol.generated_secret import API_KEY, hash_secret, payload_of
from grantwell.protocol.records import CAPABILITIES, Organization

ORGANIZATION = Organization("org-1", "Acme", NOW)


def test_an_organization_gets_an_id_and_keeps_its_name() -> None:
    made = new_organization("Acme", a_context()).organization
    assert made.org_id.startswith("org_")
    assert (made.name, made.created_at) == ("Acme", NOW)


def test_a_user_gets_an_id_that_no_client_has() -> None:
    made = new_user(ORGANIZATION, "ann@example.test", "hash", "member", a_context()).user
    assert made.user_id.startswith("user_")
    assert (made.org_id, made.email, made.password_hash, made.role) == ("org-1", "ann@example.test", "hash", "member")
    assert (made.enabled, made.valid_after, made.created_at) == (True, 0, NOW)


def test_of_an_api_key_only_the_hash_stays() -> None:
    change, secret = new_api_key(a_user(), "laptop", a_context())
    key = change.api_key
    assert payload_of(API_KEY, secret) is not None
    assert key.key_hash == hash_secret(secret)
    assert secret not in repr(change)
    assert (key.user_id, key.org_id, key.name, key.capabilities) == ("user-1", "org-1", "laptop", CAPABILITIES)
    assert (key.created_at, key.expires_at, key.revoked_at, key.last_used_at) == (NOW, None, None, None)


def test_an_operator_may_choose_the_key_its_rights_and_its_end() -> None:
    change, secret = new_api_key(
        a_user(), "ci", a_context(), key="chosen by the operator", capabilities=["introspect"], expires_at=NOW + 5
    )
    assert secret == "chosen by the operator"
    assert change.api_key.key_hash == hash_secret(secret)
    assert (change.api_key.capabilities, change.api_key.expires_at) == (("introspect",), NOW + 5)


def test_every_password_is_another_one() -> None:
    context = a_context()
    one, other = new_password(context), new_password(context)
    assert one != other
    assert len(one) == 20


def test_whatever_is_made_is_written_down_without_any_secret() -> None:
    context = a_context()
    organization = new_organization("Acme", context)
    user = new_user(organization.organization, "ann@example.test", "hash", "admin", context)
    key, secret = new_api_key(user.user, "laptop", context)
    events = [change.event for change in account_events((organization, user, key), context)]
    assert [event.kind for event in events] == ["organization.created", "user.created", "api_key.created"]
    assert [event.subject for event in events] == [
        organization.organization.org_id,
        user.user.user_id,
        key.api_key.api_key_id,
    ]
    assert {event.org_id for event in events} == {organization.organization.org_id}
    assert secret not in repr(events)
    assert key.api_key.key_hash not in repr(events)


@pytest.mark.parametrize("valid_after", [0, NOW + 5])
def test_a_change_of_a_user_ends_what_was_issued_within_this_very_second_too(valid_after: int) -> None:
    user = a_user(valid_after=valid_after)
    replaced, recorded = change_user(user, "user.disabled", a_context(), actor="cli", enabled=False)
    assert replaced.user == a_user(enabled=False, valid_after=max(NOW + 1, valid_after))
    event = recorded.event
    assert (event.kind, event.subject, event.org_id, event.actor) == ("user.disabled", user.user_id, "org-1", "cli")


def test_the_first_organization_comes_before_others_of_its_second() -> None:
    context = a_context()
    first = new_organization("Main", context, first=True).organization
    assert (first.created_at, first.org_id) < (NOW, new_organization("Acme", a_context()).organization.org_id)
    assert len(first.org_id) == len(new_organization("Acme", a_context()).organization.org_id)
    assert first.org_id != new_organization("Main", context, first=True).organization.org_id
