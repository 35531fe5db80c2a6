"""Switching a client off and on over the API."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import NOW, a_caller, a_client, a_context, a_json_call

from grantwell.extensions.client_switch import GET_CLIENT_STATUS, UPDATE_CLIENT_STATUS
from grantwell.protocol.changes import RecordEvent, ReplaceClient
from grantwell.protocol.errors import AccessDenied, NotFound, Unprocessable
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client

ADMIN = a_caller(kind="session", role="admin")


def switch(client: Client | None, body: dict[str, Any], *, caller: Any = ADMIN) -> Outcome:
    context = a_context(caller=caller)
    request = UPDATE_CLIENT_STATUS.read(a_json_call(body, method="PUT", id="client-1"), context)
    return UPDATE_CLIENT_STATUS.decide(request, client, context)


def enabled_in(outcome: Outcome) -> bool:
    assert isinstance(outcome.reply, Reply)
    return bool(outcome.reply.body.data.enabled)


def test_switching_off_ends_what_was_issued_until_now() -> None:
    outcome = switch(a_client(), {"enabled": False})
    assert enabled_in(outcome) is False
    change, event = outcome.changes
    assert isinstance(change, ReplaceClient)
    assert (change.client.enabled, change.client.valid_after) == (False, NOW + 1)
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.actor) == ("client.disabled", ADMIN.user_id)


def test_switching_on_does_not_bring_back_what_has_ended() -> None:
    off = replace(a_client(), enabled=False, valid_after=NOW + 1)
    change = switch(off, {"enabled": True}).changes[0]
    assert isinstance(change, ReplaceClient)
    assert (change.client.enabled, change.client.valid_after) == (True, NOW + 1)


def test_a_client_that_is_so_already_stays_as_it_is() -> None:
    assert switch(a_client(), {"enabled": True}).changes == ()


@pytest.mark.parametrize("body", [{}, {"enabled": "false"}, {"enabled": None}, {"enabled": 0}])
def test_what_is_neither_on_nor_off_is_refused(body: dict[str, Any]) -> None:
    with refused(Unprocessable, "client_status_malformed"):
        switch(a_client(), body)


def test_only_its_maker_or_an_administrator_switches_a_client() -> None:
    with refused(AccessDenied, "client_of_another_user"):
        switch(a_client(), {"enabled": False}, caller=a_caller(kind="session", role="member", user_id="user-2"))
    with refused(NotFound, "client_not_found"):
        switch(None, {"enabled": False})


def test_the_status_is_told_to_whoever_sees_the_client() -> None:
    assert enabled_in(GET_CLIENT_STATUS.decide("client-1", a_client(), a_context(caller=ADMIN))) is True
    with refused(NotFound, "client_not_found"):
        GET_CLIENT_STATUS.decide("client-1", None, a_context(caller=ADMIN))
