from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    NOW,
    OTHER_SECRETS,
    RESOURCE,
    a_call,
    a_caller,
    a_client,
    a_consent_request,
    a_consent_token,
    a_context,
    a_grant,
    a_public_client,
    a_user,
    finish,
)

from grantwell.operations.consent import GET_CONSENT_TOKEN, Consent
from grantwell.protocol.consent_rules import metadata_digest
from grantwell.protocol.context import Scope
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.outcome import ConsentRequest, Reply
from grantwell.protocol.records import REGISTERED_ORG_ID, Client, ConsentDecision, Consented, Grant
from grantwell.protocol.store import ConsentFacts
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

DECISION = ConsentDecision("consent-1", "user-1", "client-1", True, "lineage", NOW, NOW + 600)


def show(
    client: Client | None = None, grant: Grant | None = None, asked: ConsentRequest | None = None, **context: Any
) -> Consent:
    client = client or a_client()
    facts = ConsentFacts(client, a_user(), grant, None, None)
    outcome = GET_CONSENT_TOKEN.decide(
        asked or a_consent_request(client), facts, a_context(caller=a_caller(), **context)
    )
    assert isinstance(outcome.reply, Reply)
    assert outcome.reply.status == 200
    assert outcome.reply.headers == NO_STORE
    assert outcome.changes == ()
    found: Consent = outcome.reply.body.data
    return found


def test_a_consent_token_is_opened() -> None:
    call = a_call(consent_token=a_consent_token())
    assert GET_CONSENT_TOKEN.read(call, a_context()) == a_consent_request()
    assert GET_CONSENT_TOKEN.read(call, a_context(secrets=OTHER_SECRETS)) is None


def test_whatever_else_comes_in_its_place_is_not_looked_up() -> None:
    assert GET_CONSENT_TOKEN.read(a_call(consent_token="x" * 5000), a_context()) is None
    facts = finish(GET_CONSENT_TOKEN.load(DictionaryBackend(), None, a_context(caller=a_caller())))
    with refused(Unprocessable, "consent_token_invalid"):
        GET_CONSENT_TOKEN.decide(None, facts, a_context(caller=a_caller()))


def test_the_facts_are_those_of_the_caller() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    backend.tables.users["user-1"] = a_user()
    mine, others = a_grant(), a_grant(grant_id="grant-2", user_id="user-2")
    backend.tables.grants = {"grant-1": mine, "grant-2": others}
    context = a_context(caller=a_caller())
    facts = finish(GET_CONSENT_TOKEN.load(backend, a_consent_request(), context))
    assert facts == ConsentFacts(a_client(), a_user(), mine, None, None)


def test_a_page_can_show_who_asks_what_for_and_where_the_answer_goes() -> None:
    client = a_client(logo_uri="https://a.test/l", policy_uri="https://a.test/p", tos_uri="https://a.test/t")
    assert show(client) == Consent(
        "client-1",
        "Fleet Manager",
        "https://a.test/l",
        "https://a.test/p",
        "https://a.test/t",
        "https://client.example.test/callback",
        (Scope("read", "Reading", "See your things"), Scope("write", "Writing", "Change your things")),
        False,
        RESOURCE,
        "client.example.test",
        False,
        ("read", "write"),
        True,
        NOW + 590,
        True,
    )


@pytest.mark.parametrize(("org_id", "first_party"), [("org-1", True), ("org-2", False), (REGISTERED_ORG_ID, False)])
def test_a_page_can_tell_the_organizations_own_clients_from_others(org_id: str, first_party: bool) -> None:
    assert show(a_client(org_id=org_id)).first_party is first_party


def test_where_the_answer_stays_on_the_persons_machine_a_page_can_warn() -> None:
    found = show(a_public_client())
    assert (found.redirect_host, found.loopback) == ("127.0.0.1", True)


@pytest.mark.parametrize(
    ("uri", "host"),
    [("cursor://anysphere.cursor-mcp/cb", "anysphere.cursor-mcp"), ("com.example.app:/cb", "com.example.app")],
)
def test_of_a_private_use_uri_host_or_scheme_is_shown(uri: str, host: str) -> None:
    found = show(a_public_client(redirect_uris=(uri,)))
    assert (found.redirect_host, found.loopback) == (host, False)


def test_a_page_can_show_what_is_new() -> None:
    grant = a_grant(consented=(Consented(RESOURCE, ("read",), metadata_digest(a_client())),))
    found = show(grant=grant)
    assert (found.new_scopes, found.consent_required) == (("write",), True)


def test_where_nothing_is_new_a_page_may_answer_by_itself() -> None:
    grant = a_grant(consented=(Consented(RESOURCE, ("read", "write"), metadata_digest(a_client())),))
    found = show(grant=grant)
    assert (found.new_scopes, found.consent_required) == ((), False)
    asked_for = show(grant=grant, asked=a_consent_request(prompt="consent"))
    assert asked_for.consent_required


def test_a_token_that_was_decided_is_used_whoever_looks() -> None:
    for decision in (DECISION, replace(DECISION, user_id="user-2"), replace(DECISION, allowed=False)):
        facts = ConsentFacts(a_client(), a_user(), None, decision, None)
        with refused(Unprocessable, "consent_token_used"):
            GET_CONSENT_TOKEN.decide(a_consent_request(), facts, a_context(caller=a_caller()))


def test_a_token_that_cannot_be_decided_any_more_shows_nothing() -> None:
    with refused(Unprocessable, "consent_token_expired"):
        show(now=NOW + 590)
    with refused(Unprocessable, "consent_client_changed"):
        show(a_client(name="Your Bank"), asked=a_consent_request())
