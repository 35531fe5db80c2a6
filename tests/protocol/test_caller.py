"""Who may call the management operations, and with what."""

from typing import Any, cast

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    API_KEY,
    ISSUER,
    NOW,
    RESOURCE,
    a_call,
    a_context,
    a_user,
    an_access_token,
    api_key_facts,
    bearer,
    claims,
    finish,
    own_claims,
    session_claims,
    token_facts,
)

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.caller import decide_caller, load_caller, read_caller
from grantwell.protocol.context import Caller
from grantwell.protocol.errors import InsufficientScope, InvalidToken
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.operation import BEARER_SECURITY, Security
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import ApiKeyFacts, Store, TokenFacts

OWN = token_facts(lineage_id=None, user_org_id=None, user_role=None, user_enabled=None, user_valid_after=None)
OF_A_SESSION = TokenFacts(
    user_org_id="org-1",
    user_role="member",
    user_enabled=1,
    user_valid_after=0,
    session_user_id="user-1",
    session_expires_at=NOW + 3600,
)


def decide(
    credential: str,
    facts: ApiKeyFacts | TokenFacts | None,
    security: Security = "clients",
    now: int = NOW,
    **server: Any,
) -> tuple[Caller, tuple[Use, ...]]:
    presented = read_caller(a_call(authorization=bearer(credential)))
    return decide_caller(presented, facts, a_context(now=now, **server), security)


def with_token(said: AccessTokenClaims, facts: TokenFacts, security: Security = "clients", **server: Any) -> Caller:
    return decide(an_access_token(said), facts, security, **server)[0]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi"])
def test_without_a_bearer_nobody_calls(authorization: str) -> None:
    with refused(InvalidToken, "bearer_missing"):
        read_caller(a_call(authorization=authorization))


def test_an_endless_bearer_is_refused_before_it_is_hashed() -> None:
    read_caller(a_call(authorization=bearer("a" * 8192)))
    with refused(InvalidToken, "bearer_too_long"):
        read_caller(a_call(authorization=bearer("a" * 8193)))


def test_what_has_the_form_of_a_token_is_one_and_all_else_is_an_api_key() -> None:
    token = read_caller(a_call(authorization=bearer(an_access_token())))
    assert token.access_token is not None
    assert token.key_hash == ""
    key = read_caller(a_call(authorization=bearer(API_KEY)))
    assert key.access_token is None
    assert key.key_hash == hash_secret(API_KEY)


class Asked:
    """Notes which facts are asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    async def api_key(self, *arguments: str) -> None:
        self.calls.append(("api_key", *arguments))

    async def token(self, *arguments: str) -> None:
        self.calls.append(("token", *arguments))


def test_one_statement_finds_the_facts() -> None:
    store = Asked()
    for credential in (API_KEY, an_access_token(session_claims())):
        finish(load_caller(cast(Store, store), read_caller(a_call(authorization=bearer(credential)))))
    assert store.calls == [
        ("api_key", hash_secret(API_KEY)),
        ("token", "grantwell-pages", "user-1", "", "session-1", "jti-1"),
    ]


def test_an_api_key_calls_for_its_user_with_its_capabilities() -> None:
    caller, uses = decide(API_KEY, api_key_facts(a_user(role="member"), capabilities=("clients",)))
    assert caller == Caller("api_key", "user-1", "org-1", "member", ("clients",), "api_key key-1")
    assert uses == (Use("api_key", "key-1", NOW),)


def test_a_use_of_an_api_key_says_which_one_is_on_record() -> None:
    _, uses = decide(API_KEY, api_key_facts(a_user(), last_used_at=NOW - 3))
    assert [use.noted_at for use in uses] == [NOW - 3]


def test_an_api_key_lacks_what_it_was_not_given() -> None:
    for security in BEARER_SECURITY:
        with refused(InsufficientScope, "capability_missing"):
            decide(API_KEY, api_key_facts(capabilities=("introspect",)), cast(Security, security))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (None, "api_key_unknown"),
        (api_key_facts(revoked_at=NOW), "api_key_revoked"),
        (api_key_facts(expires_at=NOW), "api_key_expired"),
        (api_key_facts(a_user(enabled=False)), "user_disabled"),
    ],
)
def test_an_api_key_that_is_unknown_revoked_or_expired_is_nobodys(facts: ApiKeyFacts | None, reason: str) -> None:
    with refused(InvalidToken, reason) as found:
        decide(API_KEY, facts)
    assert found.error.description == "the bearer is not valid"


def test_an_api_key_lives_until_its_last_second() -> None:
    assert decide(API_KEY, api_key_facts(expires_at=NOW + 1))[0].kind == "api_key"


def test_a_session_calls_for_its_user_in_everything_that_pages_do() -> None:
    for security in ("clients", "grants", "consent", "session"):
        caller = with_token(session_claims(), OF_A_SESSION, security)
        assert caller == Caller(
            "session",
            "user-1",
            "org-1",
            "member",
            ("clients", "grants", "consent", "introspect", "session"),
            "session session-1",
        )


def test_a_client_calls_for_the_user_who_made_it_and_manages_clients_alone() -> None:
    caller = with_token(own_claims(), OWN)
    assert caller == Caller(
        "client",
        "user-1",
        "org-1",
        "admin",
        ("clients", "introspect"),
        "access_token jti-1",
        "client-1",
        ("admin", "read"),
    )
    for security in ("grants", "consent"):
        with refused(InsufficientScope, "capability_missing"):
            with_token(own_claims(), OWN, security)


def test_a_client_never_has_more_than_the_user_who_made_it() -> None:
    facts = replace(OWN, owner_role="member")
    assert with_token(own_claims(), facts).role == "member"


@pytest.mark.parametrize("owner_enabled", [0, None])
def test_a_client_is_stopped_with_the_user_who_made_it(owner_enabled: int | None) -> None:
    with refused(InvalidToken, "client_owner_disabled"):
        with_token(own_claims(), replace(OWN, owner_enabled=owner_enabled))


@pytest.mark.parametrize("security", BEARER_SECURITY)
def test_what_a_user_granted_to_a_client_never_administers_this_server(security: Security) -> None:
    said = claims(aud=ISSUER, scope="admin read write")
    with refused(InsufficientScope, "token_of_a_user"):
        with_token(said, token_facts(), security)


def test_a_token_that_stands_on_an_approval_is_a_users_whatever_its_subject() -> None:
    with refused(InsufficientScope, "token_of_a_user"):
        with_token(own_claims(lineage="AAAAAAAAAAAAAAAAAAAAAA"), replace(OWN, lineage_id="AAAAAAAAAAAAAAAAAAAAAA"))


def test_a_resource_servers_token_says_nothing_here() -> None:
    for said, facts in ((own_claims(aud=RESOURCE), OWN), (claims(scope="admin"), token_facts())):
        with refused(InsufficientScope, "token_other_audience"):
            with_token(said, facts)


@pytest.mark.parametrize("audience", [f"{ISSUER}/", f"{ISSUER}/v2", ISSUER.upper()])
def test_an_audience_that_is_only_like_the_issuer_is_another_one(audience: str) -> None:
    with refused(InsufficientScope, "token_other_audience"):
        with_token(own_claims(aud=audience), OWN)


@pytest.mark.parametrize(
    "changes", [{"client_origin": "registration"}, {"client_type": "public"}], ids=["self-registered", "public"]
)
def test_only_a_confidential_client_of_the_management_api_manages(changes: dict[str, Any]) -> None:
    with refused(InsufficientScope, "client_cannot_manage"):
        with_token(own_claims(), replace(OWN, **changes))


@pytest.mark.parametrize("scope", ["read", "", "administrator", "read write", "ADMIN"])
def test_a_client_manages_with_the_management_scope_alone(scope: str) -> None:
    with refused(InsufficientScope, "management_scope_missing"):
        with_token(own_claims(scope=scope), OWN)


def test_the_management_scope_is_a_setting() -> None:
    assert with_token(own_claims(scope="read"), OWN, management_scope="read").kind == "client"


def test_a_token_that_is_not_live_is_nobodys() -> None:
    with refused(InvalidToken, "token_revoked"):
        with_token(own_claims(), replace(OWN, revoked_jti="jti-1"))
    with refused(InvalidToken, "token_client_gone"):
        with_token(own_claims(), TokenFacts())
    with refused(InvalidToken, "token_expired"):
        with_token(own_claims(exp=NOW), OWN)


def test_whether_it_is_live_is_told_before_what_it_may_do() -> None:
    with refused(InvalidToken, "token_revoked"):
        with_token(own_claims(aud=RESOURCE, scope=""), replace(OWN, revoked_jti="jti-1"))


def test_a_token_is_no_api_key_even_where_its_hash_is_found() -> None:
    with refused(InvalidToken, "api_key_unknown"):
        decide(an_access_token(own_claims()), None)
