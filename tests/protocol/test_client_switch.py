from collections.abc import Callable
from typing import Any

import pytest
from tests.support.values import NOW, a_client, a_context, a_public_client

from grantwell.protocol.changes import Change, RecordEvent, ReplaceClient
from grantwell.protocol.client_switch import disable_client, enable_client
from grantwell.protocol.records import Client

Switch = Callable[..., tuple[Client, tuple[Change, ...]]]
DISABLED = a_client(enabled=False, valid_after=NOW - 50)


def test_a_disabled_client_is_out_and_what_was_issued_within_this_very_second_ends_too() -> None:
    disabled, _ = disable_client(a_client(), a_context())
    assert disabled.enabled is False
    assert disabled.valid_after == NOW + 1


def test_an_enabled_client_is_in_again_and_what_was_issued_before_stays_ended() -> None:
    enabled, _ = enable_client(DISABLED, a_context())
    assert enabled.enabled is True
    assert enabled.valid_after == NOW


@pytest.mark.parametrize(("switch", "client"), [(disable_client, a_client()), (enable_client, DISABLED)])
def test_what_has_ended_never_lives_again_whatever_the_clock_says(switch: Switch, client: Client) -> None:
    changed, _ = switch(client, a_context(now=NOW - 1000))
    assert changed.valid_after >= client.valid_after


@pytest.mark.parametrize(
    ("switch", "client", "kind"),
    [
        (disable_client, a_client(revision=4), "client.disabled"),
        (disable_client, a_public_client(client_id="client-1", revision=4), "client.disabled"),
        (enable_client, a_client(enabled=False, revision=4), "client.enabled"),
    ],
)
def test_switching_is_audited_and_a_change_beside_it_wins(switch: Switch, client: Client, kind: str) -> None:
    changed, (replaced, recorded) = switch(client, a_context(), actor="cli")
    assert replaced == ReplaceClient(changed, seen=4)
    assert (changed.revision, changed.updated_at) == (5, NOW)
    assert isinstance(recorded, RecordEvent)
    event = recorded.event
    assert (event.kind, event.subject, event.org_id, event.actor) == (kind, "client-1", "org-1", "cli")


@pytest.mark.parametrize(("switch", "client"), [(enable_client, a_client()), (disable_client, DISABLED)])
def test_switching_to_what_is_already_so_changes_nothing(switch: Switch, client: Any) -> None:
    assert switch(client, a_context()) == (client, ())
