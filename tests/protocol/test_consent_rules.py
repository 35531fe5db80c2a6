from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CALLBACK,
    CATALOGUE,
    NOW,
    RESOURCE,
    a_caller,
    a_client,
    a_consent_request,
    a_context,
    a_grant,
    a_public_client,
    a_self_registered_client,
)

from grantwell.protocol.consent_rules import judge_again, may_skip_consent, metadata_digest, new_scopes, widen
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.records import Client, Consented
from grantwell.protocol.store import ConsentFacts

DIGEST = metadata_digest(a_client())


def judge(request: ConsentRequest | None, client: Client | None, now: int = NOW, **server: Any) -> ConsentRequest:
    facts = ConsentFacts(client, None, None, None, None)
    return judge_again(request, facts, a_context(now=now, **server))[0]


def test_what_still_holds_can_be_decided() -> None:
    request, client = a_consent_request(), a_client()
    facts = ConsentFacts(client, None, None, None, None)
    assert judge_again(request, facts, a_context()) == (request, client)


@pytest.mark.parametrize(
    ("request_", "client", "now", "reason"),
    [
        (None, a_client(), NOW, "consent_token_invalid"),
        (a_consent_request(), a_client(), NOW + 590, "consent_token_expired"),
        (a_consent_request(), None, NOW, "consent_client_gone"),
        (a_consent_request(), a_client(enabled=False), NOW, "consent_client_gone"),
        (a_consent_request(), a_client(valid_after=NOW), NOW, "consent_client_changed"),
        (a_consent_request(), a_client(name="Your Bank"), NOW, "consent_client_changed"),
        (a_consent_request(redirect_uri="https://evil.test/"), a_client(), NOW, "consent_redirect_uri_gone"),
        (a_consent_request(), a_client(allowed_scopes=("read",)), NOW, "consent_client_narrowed"),
        (a_consent_request(), a_client(allowed_grant_types=("refresh_token",)), NOW, "consent_client_narrowed"),
    ],
)
def test_what_no_longer_holds_cannot_be_decided(
    request_: ConsentRequest | None, client: Client | None, now: int, reason: str
) -> None:
    with refused(Unprocessable, reason):
        judge(request_, client, now)


def test_a_consent_token_lives_until_its_last_second() -> None:
    assert judge(a_consent_request(), a_client(), NOW + 589) == a_consent_request()


def test_a_scope_that_left_the_catalogue_cannot_be_allowed_any_more() -> None:
    with refused(Unprocessable, "consent_client_narrowed"):
        judge(a_consent_request(), a_client(), scopes=CATALOGUE[:2])
    client = a_self_registered_client()
    with refused(Unprocessable, "consent_client_narrowed"):
        judge(a_consent_request(client), client, registration_scopes=("read",))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Your Bank"},
        {"redirect_uris": (CALLBACK, "https://evil.test/")},
        {"logo_uri": "https://evil.test/logo.png"},
        {"policy_uri": "https://evil.test/"},
        {"tos_uri": "https://evil.test/"},
        {"client_type": "public"},
    ],
)
def test_consent_does_not_outlive_what_the_client_said_of_itself(changes: dict[str, Any]) -> None:
    assert metadata_digest(a_client(**changes)) != DIGEST


def test_consent_outlives_what_no_person_sees() -> None:
    unseen = {"revision": 7, "last_used_at": NOW, "secret_hash": "other", "allowed_scopes": ("read",), "verified": True}
    assert metadata_digest(a_client(**unseen)) == DIGEST


def test_no_two_fields_can_be_taken_for_each_other() -> None:
    one = a_client(logo_uri="https://a.test/", policy_uri=None)
    other = a_client(logo_uri=None, policy_uri="https://a.test/")
    assert metadata_digest(one) != metadata_digest(other)


STANDING = a_grant(consented=(Consented(RESOURCE, ("read", "write"), DIGEST),))


def skips(request: ConsentRequest | None = None, **other: Any) -> bool:
    client, caller = other.get("client", a_client()), other.get("caller", a_caller())
    return may_skip_consent(request or a_consent_request(client), client, other.get("grant", STANDING), caller)


def test_what_a_person_allowed_an_organizations_own_client_need_not_be_asked_again() -> None:
    assert skips()
    assert skips(a_consent_request(scopes=("write",)))


def test_what_a_person_allowed_a_verified_client_need_not_be_asked_again() -> None:
    foreign = a_client(org_id="org-2", verified=True)
    assert skips(client=foreign)
    assert not skips(client=a_client(org_id="org-2"))


@pytest.mark.parametrize("prompt", ["consent", "login consent", "consent select_account"])
def test_a_client_may_want_the_person_to_be_asked(prompt: str) -> None:
    assert not skips(a_consent_request(prompt=prompt))


@pytest.mark.parametrize("prompt", [None, "login", "consentless"])
def test_other_prompts_do_not_ask_again(prompt: str | None) -> None:
    assert skips(a_consent_request(prompt=prompt))


@pytest.mark.parametrize("uri", ["http://127.0.0.1:7777/callback", "cursor://host/cb", "httpsx://a/", "HTTPS://a/"])
def test_where_nobody_can_know_who_listens_the_person_is_asked(uri: str) -> None:
    client = a_public_client(redirect_uris=(uri,), verified=True)
    grant = a_grant(consented=(Consented(RESOURCE, ("read", "write"), metadata_digest(client)),))
    assert not skips(a_consent_request(client), client=client, grant=grant)


@pytest.mark.parametrize(
    "grant",
    [
        None,
        a_grant(consented=()),
        a_grant(scopes=("read", "write"), consented=()),
        a_grant(consented=(Consented(RESOURCE, ("read",), DIGEST),)),
        a_grant(consented=(Consented("https://other.test", ("read", "write"), DIGEST),)),
        a_grant(consented=(Consented(RESOURCE, ("read", "write"), "another digest"),)),
    ],
)
def test_the_person_is_asked_for_whatever_was_not_allowed_to_this_client_at_this_resource(grant: Any) -> None:
    assert not skips(grant=grant)


def test_only_what_is_new_is_shown_as_new() -> None:
    request = a_consent_request(scopes=("write", "admin", "read"))
    assert new_scopes(request, None) == ("write", "admin", "read")
    grant = a_grant(consented=(Consented(RESOURCE, ("read",), DIGEST), Consented("https://o.test", ("admin",), DIGEST)))
    assert new_scopes(request, grant) == ("write", "admin")
    assert new_scopes(a_consent_request(), STANDING) == ()


SCOPES = st.lists(st.sampled_from(("admin", "read", "write")), unique=True, min_size=1).map(tuple)
REQUESTS = st.builds(
    lambda scopes, resource, digest: a_consent_request(scopes=scopes, resource=resource, metadata_digest=digest),
    SCOPES,
    st.sampled_from((RESOURCE, "https://other.test")),
    st.sampled_from((DIGEST, "changed")),
)


@given(st.lists(REQUESTS, min_size=1, max_size=6))
def test_after_an_approval_nothing_of_it_is_new_and_nothing_else_is_known(requests: list[ConsentRequest]) -> None:
    consented: tuple[Consented, ...] = ()
    allowed: dict[tuple[str, str], set[str]] = {}
    for request in requests:
        consented = widen(consented, request)
        key = request.resource, request.metadata_digest
        # What was allowed to the client as it was before does not count for the client as it now is.
        allowed = {known: scopes for known, scopes in allowed.items() if known[0] != key[0] or known == key}
        allowed[key] = allowed.get(key, set()) | set(request.scopes)
        assert new_scopes(request, a_grant(consented=consented)) == ()
    assert {(entry.resource, entry.metadata_digest): set(entry.scopes) for entry in consented} == allowed
    assert len({entry.resource for entry in consented}) == len(consented)
