"""Verified clients: what the operator has looked at, and who changes it meanwhile."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK
from tests.support.server import Server

from grantwell.protocol.changes import ReplaceClient


async def a_verified_client(server: Server) -> str:
    made = await server.make_client(name="Fleet", logo_uri="https://fleet.example/logo.png")
    client = await server.backend.client(made.client_id)
    assert client is not None
    await server.backend.apply((ReplaceClient(replace(client, verified=True), client.revision),))
    return client.client_id


async def verified(server: Server, client_id: str) -> bool:
    client = await server.backend.client(client_id)
    assert client is not None
    return client.verified


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Your bank"},
        {"logo_uri": "https://fleet.example/another.png"},
        {"logo_uri": None},
        {"redirect_uris": [CALLBACK, "https://evil.example/cb"]},
        {"redirect_uris": []},
        {"name": "Your bank", "require_pkce": True},
    ],
)
@requirement("clients.verified-as-seen")
async def test_what_the_operator_has_not_seen_is_not_verified(server: Server, fields: dict[str, Any]) -> None:
    client_id = await a_verified_client(server)
    answer = await server.manage("PUT", f"/oauth_clients/{client_id}", json=fields)
    assert (answer.status_code, answer.json()["data"]["verified"]) == (200, False)
    assert not await verified(server, client_id)
    kinds = [event.kind for event in await server.audited() if event.subject == client_id]
    assert sorted(kinds)[-2:] == ["client.updated", "client.verification_lost"]


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": "Fleet"}, {"redirect_uris": [CALLBACK]}, {"require_pkce": True}, {"allowed_scopes": []}],
)
@requirement("clients.verified-as-seen")
async def test_what_stays_as_it_was_seen_stays_verified(server: Server, fields: dict[str, Any]) -> None:
    client_id = await a_verified_client(server)
    answer = await server.manage("PUT", f"/oauth_clients/{client_id}", json=fields)
    assert (answer.status_code, answer.json()["data"]["verified"]) == (200, True)
    assert await verified(server, client_id)


@requirement("clients.verified-as-seen")
async def test_going_back_to_the_old_name_brings_nothing_back(server: Server) -> None:
    client_id = await a_verified_client(server)
    for name in ("Your bank", "Fleet"):
        await server.manage("PUT", f"/oauth_clients/{client_id}", json={"name": name})
    assert not await verified(server, client_id)
