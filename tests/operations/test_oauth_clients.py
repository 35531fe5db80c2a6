from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import NOW, a_call, a_caller, a_client, a_context, a_json_call, finish

from grantwell.operations.oauth_clients import (
    CREATE_CLIENT,
    DELETE_CLIENT,
    GET_CLIENT,
    LIST_CLIENTS,
    UPDATE_CLIENT,
)
from grantwell.protocol.call import Call
from grantwell.protocol.changes import AddClient, RecordEvent, RemoveClient, ReplaceClient
from grantwell.protocol.client_bodies import OAuthClient
from grantwell.protocol.errors import AccessDenied, InvalidRequest, NotFound, Unprocessable
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PaginationMeta
from grantwell.protocol.records import Client
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

NEW = {
    "name": "My OAuth client",
    "allowed_scopes": ["admin"],
    "client_type": "public",
    "allowed_grant_types": ["client_credentials"],
}
A_MEMBER = a_caller(role="member", user_id="user-2")


def body_of(outcome: Outcome, status: int = 200) -> Any:
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (status, NO_STORE)
    return outcome.reply.body


def create(body: dict[str, Any], **caller: Any) -> Outcome:
    context = a_context(caller=a_caller(**caller))
    return CREATE_CLIENT.decide(CREATE_CLIENT.read(a_json_call(body), context), None, context)


def update(body: Any, client: Client | None, caller: Any = None) -> Outcome:
    context = a_context(caller=caller or a_caller())
    request = UPDATE_CLIENT.read(a_json_call(body, method="PUT", id="client-1"), context)
    return UPDATE_CLIENT.decide(request, client, context)


def test_a_client_is_created_as_every_sdk_example_does() -> None:
    outcome = create(NEW)
    added, event = outcome.changes
    assert isinstance(added, AddClient)
    assert isinstance(event, RecordEvent)
    client = added.client
    assert (client.name, client.client_type, client.origin) == ("My OAuth client", "public", "management")
    assert (client.org_id, client.user_id) == ("org-1", "user-1")
    assert (client.allowed_scopes, client.allowed_grant_types) == (("admin",), ("client_credentials",))
    assert (event.event.kind, event.event.subject) == ("client.created", client.client_id)
    assert body_of(outcome, 201).data.client_secret is None


def test_a_confidential_clients_secret_is_told_once() -> None:
    outcome = create({**NEW, "client_type": "confidential"})
    added = outcome.changes[0]
    assert isinstance(added, AddClient)
    secret = body_of(outcome, 201).data.client_secret
    assert added.client.secret_hash == hash_secret(secret)


def test_everything_that_may_be_said_of_a_client_is_kept_and_shown() -> None:
    said = {
        "redirect_uris": ["https://a.test/cb"],
        "require_pkce": True,
        "logo_uri": "https://a.test/l",
        "policy_uri": "https://a.test/p",
        "tos_uri": "https://a.test/t",
    }
    shown = body_of(create({**NEW, **said}), 201).data
    assert {name: getattr(shown, name) for name in said} == {**said, "redirect_uris": ("https://a.test/cb",)}


@pytest.mark.parametrize("client_type", [None, "", "secret", "Public", 1, ["public"], {}])
def test_a_client_is_confidential_or_public(client_type: Any) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        create({**NEW, "client_type": client_type})
    assert found.error.description == "client_type must be one of confidential, public"


def test_the_client_type_is_required_too() -> None:
    with refused(Unprocessable, "client_invalid") as found:
        create({name: value for name, value in NEW.items() if name != "client_type"})
    assert [problem.field for problem in found.error.problems] == ["client_type"]


def test_what_is_required_is_named() -> None:
    with refused(Unprocessable, "client_invalid") as found:
        create({"client_type": "public"})
    assert [problem.field for problem in found.error.problems] == ["name", "allowed_scopes", "allowed_grant_types"]


@pytest.mark.parametrize(
    "field", ["verified", "enabled", "org_id", "user_id", "client_id", "valid_after", "secret_hash"]
)
def test_nobody_gives_a_client_what_only_the_operator_gives(field: str) -> None:
    with refused(Unprocessable, "client_invalid") as found:
        create({**NEW, field: True})
    assert [problem.field for problem in found.error.problems] == [field]
    with refused(Unprocessable, "client_invalid") as found:
        update({field: True}, a_client())
    assert [problem.field for problem in found.error.problems] == [field]


def test_a_client_cannot_create_one_with_more_than_its_own_token_carries() -> None:
    with refused(Unprocessable, "client_invalid"):
        create({**NEW, "allowed_scopes": ["write"]}, kind="client", scopes=("admin", "read"))
    assert create(NEW, kind="client", scopes=("admin", "read")).changes


def test_a_client_is_shown_without_any_secret() -> None:
    client = a_client(last_used_at=NOW, verified=True, older_secret_hash="older hash")
    outcome = GET_CLIENT.decide("client-1", client, a_context(caller=a_caller()))
    shown = body_of(outcome).data
    assert shown == OAuthClient(
        client_id="client-1",
        name="Fleet Manager",
        org_id="org-1",
        user_id="user-1",
        client_type="confidential",
        require_pkce=False,
        allowed_scopes=("admin", "read", "write"),
        allowed_grant_types=("authorization_code", "client_credentials", "refresh_token"),
        redirect_uris=("https://client.example.test/callback",),
        logo_uri=None,
        policy_uri=None,
        tos_uri=None,
        client_secret=None,
        verified=True,
        last_used_at="2027-01-15T08:00:00Z",
        created_at="2027-01-15T06:36:40Z",
        updated_at="2027-01-15T06:36:40Z",
    )
    assert "hash" not in repr(shown)
    assert outcome.changes == ()


def test_a_client_that_is_not_there_is_not_found() -> None:
    for operation in (GET_CLIENT, DELETE_CLIENT):
        with refused(NotFound, "client_not_found"):
            operation.decide("client-1", None, a_context(caller=a_caller()))
    with refused(NotFound, "client_not_found"):
        update({"name": "x"}, None)


def test_an_organization_sees_its_own_clients_alone() -> None:
    backend = DictionaryBackend()
    mine, others = a_client(), a_client(client_id="client-2", org_id="org-2")
    backend.tables.clients = {"client-1": mine, "client-2": others}
    context = a_context(caller=a_caller())
    for operation in (GET_CLIENT, UPDATE_CLIENT, DELETE_CLIENT):
        for client_id, expected in (("client-1", mine), ("client-2", None), ("client-3", None)):
            call = a_json_call({}, id=client_id)
            assert finish(operation.load(backend, operation.read(call, context), context)) == expected
    request = LIST_CLIENTS.read(a_call(), context)
    assert finish(LIST_CLIENTS.load(backend, request, context)) == ((mine,), 1)


def test_a_list_is_a_page_with_its_numbers() -> None:
    backend = DictionaryBackend()
    backend.tables.clients = {
        f"client-{number}": a_client(client_id=f"client-{number}", created_at=NOW + number) for number in range(1, 6)
    }
    context = a_context(caller=a_caller())
    request = LIST_CLIENTS.read(a_call(query={"page[size]": "2", "page[number]": "2"}), context)
    facts = finish(LIST_CLIENTS.load(backend, request, context))
    page = body_of(LIST_CLIENTS.decide(request, facts, context))
    assert [client.client_id for client in page.data] == ["client-3", "client-2"]
    assert page.meta == PaginationMeta(2, 2, 3, 5)


def test_an_unknown_filter_value_is_refused() -> None:
    with refused(InvalidRequest, "filter_invalid"):
        LIST_CLIENTS.read(a_call(query={"filter[client_type]": "x"}), a_context())


def test_an_update_changes_what_was_sent_and_nothing_else() -> None:
    before = a_client(revision=4, logo_uri="https://a.test/l")
    outcome = update({"name": "New name", "allowed_scopes": ["read"]}, before)
    changed, event = outcome.changes
    assert isinstance(changed, ReplaceClient)
    assert changed.seen == 4
    after = replace(before, name="New name", allowed_scopes=("read",), updated_at=NOW, revision=5)
    assert changed.client == after
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.detail) == ("client.updated", "allowed_scopes name")
    assert (body_of(outcome).data.name, body_of(outcome).data.client_secret) == ("New name", None)


def test_a_null_clears_a_uri() -> None:
    changed = update({"logo_uri": None}, a_client(logo_uri="https://a.test/l")).changes[0]
    assert isinstance(changed, ReplaceClient)
    assert changed.client.logo_uri is None


@pytest.mark.parametrize("body", [b"{}", b""])
def test_an_empty_update_changes_nothing(body: bytes) -> None:
    context = a_context(caller=a_caller())
    call = Call("PUT", {"id": "client-1"}, b"", "application/json", "", body)
    outcome = UPDATE_CLIENT.decide(UPDATE_CLIENT.read(call, context), a_client(), context)
    assert outcome.changes == ()
    assert body_of(outcome).data.client_id == "client-1"


def test_an_update_keeps_to_the_rules_of_the_clients_own_type() -> None:
    with refused(Unprocessable, "client_invalid"):
        update({"redirect_uris": ["cursor://a/"]}, a_client())
    assert update({"redirect_uris": ["cursor://a/"]}, a_client(client_type="public")).changes
    with refused(Unprocessable, "client_invalid"):
        update({"client_type": "public"}, a_client())


def test_members_change_what_they_made_alone() -> None:
    with refused(AccessDenied, "client_of_another_user"):
        update({"name": "x"}, a_client(), A_MEMBER)
    with refused(AccessDenied, "client_of_another_user"):
        DELETE_CLIENT.decide("client-1", a_client(), a_context(caller=A_MEMBER))
    assert update({"name": "x"}, a_client(user_id="user-2"), A_MEMBER).changes


def test_who_may_not_edit_a_client_does_not_learn_whether_the_edit_was_sound() -> None:
    with refused(AccessDenied, "client_of_another_user"):
        update({"allowed_scopes": ["fly"]}, a_client(), A_MEMBER)


def test_a_client_cannot_reach_a_client_with_more_than_its_own_token_carries() -> None:
    caller = a_caller(kind="client", client_id="client-9", scopes=("admin", "read"))
    with refused(AccessDenied, "client_beyond_caller"):
        update({"redirect_uris": ["https://evil.test/"]}, a_client(), caller)
    with refused(AccessDenied, "client_beyond_caller"):
        DELETE_CLIENT.decide("client-1", a_client(), a_context(caller=caller))


def test_deleting_removes_the_client_and_says_so_in_the_audit_log() -> None:
    outcome = DELETE_CLIENT.decide("client-1", a_client(), a_context(caller=a_caller()))
    removed, event = outcome.changes
    assert removed == RemoveClient("client-1", "org-1")
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.subject, event.event.actor) == ("client.deleted", "client-1", "user-1")
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.body) == (204, None)
