"""Grants: what a person has allowed, and taking it back."""

from uuid import UUID

import pytest
from tests.requirements.marker import requirement
from tests.support.api import body_of, data_of
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management, assert_refused_plainly

GRANTS = "/oauth_grants"


@requirement("grants.object")
async def test_a_grant_says_whom_what_and_since_when(server: Server) -> None:
    client = await server.make_client()
    await server.approve(client)
    (grant,) = await server.grants()
    assert str(UUID(grant["id"])) == grant["id"]
    assert grant == {
        "id": grant["id"],
        "record_type": "oauth_grant",
        "client_id": client.client_id,
        "scopes": ["admin"],
        "created_at": "2026-06-01T12:00:00Z",
        "last_used_at": None,
    }
    assert data_of(await server.manage("GET", f"{GRANTS}/{grant['id']}")) == grant


@requirement("grants.last-used")
async def test_a_grants_last_use_is_its_last_exchange_or_refresh(server: Server) -> None:
    client = await server.make_client()
    server.clock.advance(10)
    tokens = await server.log_in(client)
    assert (await server.grants())[0]["last_used_at"] == "2026-06-01T12:00:10Z"
    server.clock.advance(10)
    await server.refresh(client, tokens["refresh_token"])
    assert (await server.grants())[0]["last_used_at"] == "2026-06-01T12:00:20Z"


@requirement("grants.one-a-client")
async def test_a_person_has_one_grant_a_client_however_often_it_asks(server: Server) -> None:
    client, other = await server.make_client(), await server.make_client()
    for _ in range(3):
        await server.log_in(client)
    await server.log_in(other)
    assert sorted(grant["client_id"] for grant in await server.grants()) == sorted([client.client_id, other.client_id])


@requirement("grants.list")
async def test_grants_are_listed_in_pages_newest_first(server: Server) -> None:
    clients = []
    for _ in range(3):
        clients.append(await server.make_client())
        await server.approve(clients[-1])
        server.clock.advance(1)
    seen = []
    for number in (1, 2):
        answer = await server.manage("GET", GRANTS, params={"page[size]": 2, "page[number]": number})
        body = body_of(answer)
        assert body["meta"] == {"page_number": number, "page_size": 2, "total_pages": 2, "total_results": 3}
        seen += [grant["client_id"] for grant in body["data"]]
    assert seen == [client.client_id for client in reversed(clients)]


@requirement("grants.revoke")
async def test_revoking_answers_the_grant_and_ends_every_token_that_stands_on_it(server: Server) -> None:
    client = await server.make_client()
    devices = [await server.log_in(client) for _ in range(2)]
    (grant,) = await server.grants()
    answer = await server.manage("DELETE", f"{GRANTS}/{grant['id']}", headers={"Content-Type": "application/json"})
    assert data_of(answer) == grant
    for tokens in devices:
        assert not await server.is_live(tokens["access_token"])
        assert_refused_plainly(await server.rotate(client, tokens["refresh_token"]), 400, "invalid_grant")
    assert await server.grants() == []
    for method in ("GET", "DELETE"):
        answer = await server.manage(method, f"{GRANTS}/{grant['id']}")
        assert_refused_by_management(answer, 404, "not_found")


@requirement("grants.pending-code")
async def test_revoking_ends_a_code_that_was_not_redeemed_yet(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    (grant,) = await server.grants()
    await server.manage("DELETE", f"{GRANTS}/{grant['id']}")
    assert_refused_plainly(await server.redeem(client, code), 400, "invalid_grant")


@requirement("grants.own")
async def test_a_grant_is_its_persons_own_colleagues_and_administrators_included(server: Server) -> None:
    colleague = await server.make_colleague(role="member")
    client = await server.make_client()
    await server.approve(client, key=colleague.api_key)
    (grant,) = await server.grants(key=colleague.api_key)
    assert await server.grants() == []
    for method in ("GET", "DELETE"):
        answer = await server.manage(method, f"{GRANTS}/{grant['id']}")
        assert_refused_by_management(answer, 404, "not_found")
    assert len(await server.grants(key=colleague.api_key)) == 1


@requirement("grants.not-found")
@pytest.mark.parametrize("identifier", ["00000000-0000-4000-8000-000000000000", "not-a-uuid", "%00"])
async def test_an_id_that_is_nobodys_is_404_whatever_its_form(server: Server, identifier: str) -> None:
    for method in ("GET", "DELETE"):
        answer = await server.manage(method, f"{GRANTS}/{identifier}")
        assert_refused_by_management(answer, 404, "not_found")


@requirement("grants.capability")
async def test_a_key_without_the_capability_sees_no_grants(server: Server) -> None:
    without = await server.make_colleague(capabilities=("clients", "consent", "introspect"))
    answer = await server.manage("GET", GRANTS, key=without.api_key)
    assert_refused_by_management(answer, 403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@requirement("grants.any-organization")
async def test_a_person_may_allow_a_client_of_another_organization(server: Server) -> None:
    stranger = await server.make_person()
    client = await server.make_client()
    tokens = await server.log_in(client, key=stranger.api_key)
    assert (await server.introspect(client, tokens["access_token"]))["sub"] == stranger.user_id
    assert len(await server.grants(key=stranger.api_key)) == 1
