from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    NOW,
    a_call,
    a_caller,
    a_client,
    a_context,
    a_grant,
    a_lineage,
    a_refreshed_lineage,
    finish,
)

from grantwell.operations.oauth_grants import GET_GRANT, LIST_GRANTS, REVOKE_GRANT, OAuthGrant
from grantwell.protocol.changes import RecordEvent, RevokeGrant
from grantwell.protocol.errors import InvalidRequest, NotFound
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PageRequest, PaginationMeta
from grantwell.protocol.store import GrantView
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

CONTEXT = a_context(caller=a_caller())


def body_of(outcome: Outcome) -> Any:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (200, NO_STORE)
    return outcome.reply.body


def backend_with_grants() -> DictionaryBackend:
    backend = DictionaryBackend()
    backend.tables.clients = {name: a_client(client_id=name) for name in ("client-1", "client-2", "client-3")}
    backend.tables.grants = {
        "grant-1": a_grant(),
        "grant-2": a_grant(grant_id="grant-2", client_id="client-2", created_at=NOW),
        "grant-3": a_grant(grant_id="grant-3", client_id="client-3", revoked_at=NOW),
        "grant-4": a_grant(grant_id="grant-4", user_id="user-2"),
    }
    backend.tables.lineages = {
        "used": a_refreshed_lineage(rotated_at=NOW - 5),
        "unused": a_lineage(grant_id="grant-2"),
    }
    return backend


def test_a_user_sees_the_users_own_living_grants_newest_first() -> None:
    request = LIST_GRANTS.read(a_call(), CONTEXT)
    facts = finish(LIST_GRANTS.load(backend_with_grants(), request, CONTEXT))
    page = body_of(LIST_GRANTS.decide(request, facts, CONTEXT))
    assert [grant.id for grant in page.data] == ["grant-2", "grant-1"]
    assert page.meta == PaginationMeta(1, 20, 1, 2)


def test_a_list_is_a_page() -> None:
    assert LIST_GRANTS.read(a_call(query={"page[size]": "7", "page[number]": "3"}), CONTEXT) == PageRequest(3, 7)
    with refused(InvalidRequest, "page_out_of_range"):
        LIST_GRANTS.read(a_call(query={"page[size]": "0"}), CONTEXT)


@pytest.mark.parametrize("operation", [GET_GRANT, REVOKE_GRANT])
@pytest.mark.parametrize("grant_id", ["grant-3", "grant-4", "grant-5", "' OR 1=1 --"])
def test_a_grant_that_is_revoked_anothers_or_not_there_is_not_found(operation: Any, grant_id: str) -> None:
    request = operation.read(a_call(id=grant_id), CONTEXT)
    facts = finish(operation.load(backend_with_grants(), request, CONTEXT))
    with refused(NotFound, "grant_not_found"):
        operation.decide(request, facts, CONTEXT)


def test_a_grant_is_shown_with_its_last_use() -> None:
    request = GET_GRANT.read(a_call(id="grant-1"), CONTEXT)
    facts = finish(GET_GRANT.load(backend_with_grants(), request, CONTEXT))
    outcome = GET_GRANT.decide(request, facts, CONTEXT)
    assert body_of(outcome).data == OAuthGrant(
        id="grant-1",
        client_id="client-1",
        scopes=("read",),
        created_at="2027-01-15T07:58:20Z",
        last_used_at="2027-01-15T07:59:55Z",
    )
    assert outcome.changes == ()


def test_a_grant_that_was_never_used_says_so() -> None:
    assert body_of(GET_GRANT.decide("grant-1", GrantView(a_grant(), None), CONTEXT)).data.last_used_at is None


def test_revoking_ends_the_grant_and_shows_what_it_was() -> None:
    outcome = REVOKE_GRANT.decide("grant-1", GrantView(a_grant(), None), CONTEXT)
    revoked, event = outcome.changes
    assert revoked == RevokeGrant("grant-1", NOW)
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.subject, event.event.detail, event.event.actor) == (
        "grant.revoked",
        "grant-1",
        "client client-1",
        "user-1",
    )
    assert body_of(outcome).data.id == "grant-1"
