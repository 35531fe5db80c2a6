import json
import re
from typing import Any

import msgspec
import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    API_KEY,
    NOW,
    a_context,
    a_form_call,
    a_json_call,
    a_user,
    an_access_token,
    an_api_key,
    api_key_facts,
    bearer,
    finish,
    own_claims,
)

from grantwell.operations.register import REGISTER_CLIENT, RegistrationResponse
from grantwell.protocol.call import Call
from grantwell.protocol.changes import AddClient, RecordEvent
from grantwell.protocol.errors import AccessDenied, InvalidClientMetadata, InvalidToken, UnsupportedMediaType
from grantwell.protocol.generated_secret import CLIENT_SECRET, hash_secret, payload_of
from grantwell.protocol.outcome import Outcome, Reply, Use
from grantwell.protocol.records import AuditEvent, Client
from grantwell.protocol.store import ApiKeyFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

A_PUBLIC_CLIENT = {
    "client_name": "Example CLI",
    "redirect_uris": ["http://127.0.0.1:7777/cb"],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "read",
    "token_endpoint_auth_method": "none",
}


def register(body: dict[str, Any], facts: ApiKeyFacts | None = None, authorization: str = "", **server: Any) -> Outcome:
    request = REGISTER_CLIENT.read(a_json_call(body, authorization=authorization), a_context())
    return REGISTER_CLIENT.decide(request, facts, a_context(**server))


def made(outcome: Outcome) -> tuple[Client, AuditEvent, RegistrationResponse]:
    client, event = outcome.changes
    assert isinstance(client, AddClient)
    assert isinstance(event, RecordEvent)
    assert isinstance(outcome.reply, Reply)
    assert (outcome.reply.status, outcome.reply.headers) == (201, NO_STORE)
    assert outcome.client_id == client.client.client_id
    return client.client, event.event, outcome.reply.body


def test_anybody_may_register_a_client_that_belongs_to_nobody() -> None:
    client, event, _ = made(register(A_PUBLIC_CLIENT))
    assert (client.org_id, client.user_id, client.origin) == ("org_registered", "org_registered", "registration")
    assert (client.name, client.client_type, client.verified) == ("Example CLI", "public", False)
    assert (client.allowed_scopes, client.redirect_uris) == (("read",), ("http://127.0.0.1:7777/cb",))
    assert (event.kind, event.subject, event.actor, event.credential) == ("client.registered", client.client_id, "", "")


def test_the_answer_names_what_was_given_and_knows_no_null() -> None:
    client, _, response = made(register(A_PUBLIC_CLIENT))
    assert json.loads(msgspec.json.encode(response)) == {
        "client_id": client.client_id,
        "client_id_issued_at": NOW,
        "client_name": "Example CLI",
        "redirect_uris": ["http://127.0.0.1:7777/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "read",
        "token_endpoint_auth_method": "none",
    }


def test_a_confidential_client_is_told_its_secret_once() -> None:
    client, _, response = made(register({"logo_uri": "https://a.test/l", "tos_uri": "https://a.test/t"}))
    assert payload_of(CLIENT_SECRET, response.client_secret) is not None
    assert client.secret_hash == hash_secret(response.client_secret)
    assert (response.client_secret_expires_at, response.token_endpoint_auth_method) == (0, "client_secret_basic")
    assert (response.logo_uri, response.tos_uri, response.policy_uri) == ("https://a.test/l", "https://a.test/t", "")


def test_a_client_id_looks_like_a_uuid() -> None:
    client, _, _ = made(register({}))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", client.client_id)


def test_an_empty_body_is_an_empty_object() -> None:
    request = REGISTER_CLIENT.read(Call("POST", {}, b"", "", "", b""), a_context())
    client, _, _ = made(REGISTER_CLIENT.decide(request, None, a_context()))
    assert client.allowed_scopes == ("read", "write")


def test_self_registration_never_leads_to_management() -> None:
    everything = {"scope": "admin read", "grant_types": ["client_credentials", "authorization_code"]}
    client, _, _ = made(register(everything))
    assert client.allowed_scopes == ("read",)
    assert client.allowed_grant_types == ("authorization_code",)
    with refused(InvalidClientMetadata, "registration_invalid"):
        register({"grant_types": ["client_credentials"]})
    with refused(InvalidClientMetadata, "registration_invalid"):
        register({"scope": "admin"})


def test_fields_that_are_the_operators_are_ignored() -> None:
    said = {"verified": True, "org_id": "org-1", "client_id": "mine", "client_secret": "mine", "origin": "management"}
    client, _, response = made(register(said))
    assert (client.verified, client.org_id, client.origin) == (False, "org_registered", "registration")
    assert client.client_id != "mine"
    assert response.client_secret != "mine"


def test_with_an_api_key_the_client_belongs_to_the_user() -> None:
    body = {"scope": "admin read", "grant_types": ["client_credentials"]}
    outcome = register(body, api_key_facts(), bearer(API_KEY))
    client, event, response = made(outcome)
    assert (client.org_id, client.user_id, client.origin) == ("org-1", "user-1", "management")
    assert client.allowed_scopes == ("admin", "read")
    assert client.allowed_grant_types == ("client_credentials",)
    assert response.response_types == ()
    assert (event.org_id, event.actor, event.credential) == ("org-1", "user-1", "api_key key-1")
    assert outcome.uses == (Use("api_key", "key-1", NOW),)


@pytest.mark.parametrize(
    "facts",
    [
        None,
        api_key_facts(revoked_at=NOW),
        api_key_facts(expires_at=NOW),
        api_key_facts(a_user(enabled=False)),
        api_key_facts(capabilities=("consent",)),
    ],
    ids=["unknown", "revoked", "expired", "user disabled", "without the capability"],
)
def test_a_bearer_that_is_not_valid_is_ignored_and_gives_nothing(facts: ApiKeyFacts | None) -> None:
    outcome = register({"scope": "admin read"}, facts, bearer(API_KEY))
    client, _, _ = made(outcome)
    assert (client.origin, client.allowed_scopes) == ("registration", ("read",))
    assert outcome.uses == ()


def test_an_access_token_is_no_initial_access_token() -> None:
    request = REGISTER_CLIENT.read(a_json_call({}, authorization=bearer(an_access_token(own_claims()))), a_context())
    assert request.bearer is None


def test_the_api_key_is_looked_up_and_nothing_without_one() -> None:
    backend = DictionaryBackend()
    backend.tables.users["user-1"] = a_user()
    backend.tables.api_keys["key-1"] = an_api_key()
    load = REGISTER_CLIENT.load
    with_key = REGISTER_CLIENT.read(a_json_call({}, authorization=bearer(API_KEY)), a_context())
    assert finish(load(backend, with_key, a_context())) == api_key_facts()
    assert finish(load(backend, REGISTER_CLIENT.read(a_json_call({}), a_context()), a_context())) is None


def test_registration_may_need_a_key() -> None:
    with refused(InvalidToken, "registration_needs_key"):
        register({}, registration="token")
    with refused(InvalidToken, "registration_needs_key"):
        register({}, api_key_facts(revoked_at=NOW), bearer(API_KEY), registration="token")
    assert made(register({}, api_key_facts(), bearer(API_KEY), registration="token"))[0].user_id == "user-1"


def test_registration_may_be_switched_off_for_everybody() -> None:
    with refused(AccessDenied, "registration_off"):
        register({}, registration="off")
    with refused(AccessDenied, "registration_off"):
        register({}, api_key_facts(), bearer(API_KEY), registration="off")


def test_registration_is_json() -> None:
    with refused(UnsupportedMediaType, "unsupported_media_type"):
        REGISTER_CLIENT.read(a_form_call({"client_name": "x"}), a_context())
