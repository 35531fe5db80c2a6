"""The contract: what decides whether an access token is live, in one look-up."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import (
    AddClient,
    AddLineage,
    AddUser,
    Change,
    RemoveClient,
    RemoveLeftovers,
    ReplaceClient,
    RevokeAccessToken,
    RevokeGrant,
    RevokeLineage,
)
from grantwell.protocol.people_changes import EndSession, ReplaceUser
from grantwell.protocol.store import Backend, TokenFacts

CLIENT = TokenFacts(
    client_org_id="org-1",
    client_user_id="user-1",
    client_type="confidential",
    client_origin="management",
    client_enabled=1,
    client_valid_after=0,
    owner_role="admin",
    owner_enabled=1,
)
USER: dict[str, Any] = {"user_org_id": "org-1", "user_role": "admin", "user_enabled": 1, "user_valid_after": 0}
SESSION: dict[str, Any] = {"session_user_id": "user-1", "session_expires_at": T0 + 3600}

# What a token names: client, subject, lineage, session, jti.
OF_A_CLIENT = ("client-1", "client-1", "", "", "jti-1")
OF_A_USER = ("client-1", "user-1", "lineage-1", "", "jti-1")
OF_A_SESSION = ("", "user-1", "", "session-1", "jti-1")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (OF_A_CLIENT, CLIENT),
        (OF_A_USER, replace(CLIENT, **USER, lineage_id="lineage-1")),
        (OF_A_SESSION, TokenFacts(**USER, **SESSION)),
        (("", "", "", "", ""), TokenFacts()),
        (("client-9", "user-9", "lineage-9", "session-9", "jti-9"), TokenFacts()),
    ],
)
async def test_what_a_token_names_is_found(backend: Backend, claims: Any, expected: TokenFacts) -> None:
    assert await backend.token(*claims) == expected


@pytest.mark.parametrize(
    ("change", "claims", "expected"),
    [
        (
            ReplaceClient(an.client(enabled=False, valid_after=T0 + 4), seen=0),
            OF_A_CLIENT,
            {"client_enabled": 0, "client_valid_after": T0 + 4},
        ),
        (
            ReplaceUser(an.user(enabled=False, role="member", valid_after=T0 + 4), an.user()),
            OF_A_USER,
            {
                "owner_enabled": 0,
                "owner_role": "member",
                "user_enabled": 0,
                "user_role": "member",
                "user_valid_after": T0 + 4,
            },
        ),
        (RevokeLineage("lineage-1", T0 + 4), OF_A_USER, {"lineage_revoked_at": T0 + 4}),
        (RevokeGrant("grant-1", T0 + 4), OF_A_USER, {"grant_revoked_at": T0 + 4}),
        (EndSession("session-1", T0 + 4), OF_A_SESSION, {"session_ended_at": T0 + 4}),
        (RevokeAccessToken("jti-1", T0 + 900), OF_A_CLIENT, {"revoked_jti": "jti-1"}),
        (RevokeAccessToken("jti-2", T0 + 900), OF_A_CLIENT, {}),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "__struct_fields__") else None,
)
async def test_what_happened_since_shows(
    backend: Backend, change: Change, claims: Any, expected: dict[str, Any]
) -> None:
    before = await backend.token(*claims)
    await backend.apply([change])
    assert await backend.token(*claims) == replace(before, **expected)


async def test_a_removed_client_is_none_and_in_the_end_so_is_the_lineage(backend: Backend) -> None:
    await backend.apply([RemoveClient("client-1", "org-1")])
    assert await backend.token(*OF_A_USER) == TokenFacts(**USER, lineage_id="lineage-1")
    await backend.apply([RemoveLeftovers(10)])
    assert await backend.token(*OF_A_USER) == TokenFacts(**USER)


async def test_a_lineage_whose_grant_is_gone_counts_as_revoked(backend: Backend) -> None:
    await backend.apply([AddLineage(an.lineage(lineage_id="lineage-2", grant_id="grant-9"))])
    facts = await backend.token("", "", "lineage-2", "", "")
    assert facts == TokenFacts(lineage_id="lineage-2", grant_revoked_at=0)


async def test_the_owner_of_a_client_is_not_the_subject(backend: Backend) -> None:
    await backend.apply([AddUser(an.user(user_id="user-2", email="ben@example.com", role="member", org_id="org-2"))])
    facts = await backend.token("client-1", "user-2", "", "", "")
    assert facts == replace(CLIENT, user_org_id="org-2", user_role="member", user_enabled=1, user_valid_after=0)


async def test_revoking_a_token_again_changes_nothing(backend: Backend) -> None:
    await backend.apply([RevokeAccessToken("jti-1", T0 + 900)])
    await backend.apply([RevokeAccessToken("jti-1", T0 + 900)])
    assert (await backend.token("", "", "", "", "jti-1")).revoked_jti == "jti-1"


@pytest.mark.parametrize("token", [OF_A_CLIENT, OF_A_USER, OF_A_SESSION])
async def test_an_introspection_finds_the_caller_and_the_token_at_once(backend: Backend, token: Any) -> None:
    caller = an.client(client_id="client-2", name="Resource server", client_type="public")
    await backend.apply([AddClient(caller)])
    found = an.authenticating(caller)
    await backend.apply([RevokeAccessToken("jti-1", T0 + 900)])
    expected = (found, await backend.token(*token))
    assert expected[1].revoked_jti == "jti-1"
    assert await backend.introspection("client-2", *token) == expected
    assert await backend.introspection("client-9", *token) == (None, expected[1])
    assert await backend.introspection("client-2", "", "", "", "", "") == (found, TokenFacts())
