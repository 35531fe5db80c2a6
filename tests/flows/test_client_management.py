"""Clients through the management API: create, list, get, update, delete."""

from typing import Any
from uuid import UUID

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, Json, bearer
from tests.support.api import body_of, data_of
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management, assert_refused_plainly

CLIENTS = "/oauth_clients"
NEW = {
    "name": "Nightly sync",
    "client_type": "confidential",
    "allowed_scopes": ["admin"],
    "allowed_grant_types": ["client_credentials"],
}
FIELDS = {
    *("record_type", "client_id", "name", "org_id", "user_id", "client_type", "require_pkce", "created_at"),
    *("updated_at", "allowed_scopes", "allowed_grant_types", "redirect_uris", "logo_uri", "policy_uri", "tos_uri"),
    "client_secret",
}


async def create(server: Server, key: str | None = None, **fields: Any) -> Json:
    return data_of(await server.manage("POST", CLIENTS, key=key, json=NEW | fields), 201)


async def listed(server: Server, key: str | None = None, query: Json | None = None) -> Json:
    return body_of(await server.manage("GET", CLIENTS, key=key, params=query))


async def names(server: Server, query: dict[str, str]) -> list[str]:
    return [client["name"] for client in (await listed(server, query=query))["data"]]


@requirement("clients.create")
async def test_a_created_client_is_answered_whole_with_its_secret(server: Server) -> None:
    made = await create(server)
    assert set(made) >= FIELDS
    assert {name: made[name] for name in NEW} == NEW
    assert (made["record_type"], made["redirect_uris"], made["require_pkce"]) == ("oauth_client", [], False)
    assert made["logo_uri"] is made["policy_uri"] is made["tos_uri"] is None
    assert str(UUID(made["client_id"])) == made["client_id"]
    assert made["created_at"] == made["updated_at"] == "2026-06-01T12:00:00Z"
    token = {"grant_type": "client_credentials", **{name: made[name] for name in ("client_id", "client_secret")}}
    assert (await server.http.post("/v2/oauth/token", data=token)).status_code == 200


@requirement("clients.secret-once")
async def test_a_secret_is_told_once(server: Server) -> None:
    made = await create(server)
    path = f"{CLIENTS}/{made['client_id']}"
    assert data_of(await server.manage("GET", path))["client_secret"] is None
    assert data_of(await server.manage("PUT", path, json={"name": "x"}))["client_secret"] is None
    assert (await listed(server))["data"][0]["client_secret"] is None


@requirement("clients.public")
async def test_a_public_client_with_client_credentials_can_be_created_and_has_no_secret(server: Server) -> None:
    made = await create(server, client_type="public")
    assert made["client_secret"] is None
    assert made["allowed_grant_types"] == ["client_credentials"]


@requirement("clients.create-required")
async def test_every_missing_field_is_named(server: Server) -> None:
    answer = await server.manage("POST", CLIENTS, json={"client_type": "public"})
    errors = assert_refused_by_management(answer, 422, "invalid_request")
    pointers = {error["source"]["pointer"] for error in errors}
    assert pointers == {"/name", "/allowed_scopes", "/allowed_grant_types"}
    answer = await server.manage("POST", CLIENTS, json={name: NEW[name] for name in NEW if name != "client_type"})
    (error,) = assert_refused_by_management(answer, 422, "invalid_request")
    assert error["source"] == {"pointer": "/client_type"}


@requirement("clients.create-invalid")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("name", "two\nlines"),
        ("name", 7),
        ("client_type", "secret"),
        ("client_type", None),
        ("allowed_scopes", ["unheard-of"]),
        ("allowed_scopes", ["admin", "admin"]),
        ("allowed_scopes", "admin"),
        ("allowed_grant_types", ["password"]),
        ("allowed_grant_types", [7]),
        ("redirect_uris", ["http://client.example/"]),
        ("redirect_uris", [f"{CALLBACK}#fragment"]),
        ("redirect_uris", ["cursor://callback"]),
        ("redirect_uris", None),
        ("require_pkce", "yes"),
        ("logo_uri", "javascript:alert(1)"),
        ("tos_uri", "https://user@client.example/"),
        ("verified", True),
        ("org_id", "org_of_somebody_else"),
        ("client_secret", "chosen"),
        ("client_id", "chosen"),
    ],
)
async def test_what_is_not_acceptable_is_refused_by_its_fields_name(server: Server, field: str, value: object) -> None:
    answer = await server.manage("POST", CLIENTS, json=NEW | {field: value})
    (error,) = assert_refused_by_management(answer, 422, "invalid_request")
    assert error["code"] == "10027"
    assert error["source"] == {"pointer": f"/{field}"}
    assert field in error["detail"]
    assert (await listed(server))["data"] == []


@requirement("clients.malformed")
async def test_a_body_that_is_no_json_object_is_400(server: Server) -> None:
    for body in (b"", b"{", b"[]", b"null", b'{"name": "a", "name": "b"}'):
        answer = await server.manage("POST", CLIENTS, content=body, headers={"Content-Type": "application/json"})
        assert_refused_by_management(answer, 400, "invalid_request")


@requirement("clients.list")
async def test_a_list_is_newest_first_with_its_numbers(server: Server) -> None:
    for number in range(3):
        await create(server, name=f"client {number}")
        server.clock.advance(1)
    body = await listed(server)
    assert [client["name"] for client in body["data"]] == ["client 2", "client 1", "client 0"]
    assert body["meta"] == {"page_number": 1, "page_size": 20, "total_pages": 1, "total_results": 3}


@requirement("clients.paging")
async def test_pages_are_stable_and_complete_even_where_all_were_made_at_once(server: Server) -> None:
    made = {(await create(server))["client_id"] for _ in range(25)}
    seen: list[str] = []
    for number in (1, 2, 3):
        body = await listed(server, query={"page[number]": number, "page[size]": 10})
        assert body["meta"] == {"page_number": number, "page_size": 10, "total_pages": 3, "total_results": 25}
        seen += [client["client_id"] for client in body["data"]]
    assert len(seen) == 25
    assert set(seen) == made


@requirement("clients.page-past-the-end")
async def test_past_the_end_there_is_an_empty_page_and_no_error(server: Server) -> None:
    await create(server)
    body = await listed(server, query={"page[number]": 7})
    assert body["data"] == []
    assert body["meta"] == {"page_number": 7, "page_size": 20, "total_pages": 1, "total_results": 1}
    far = await listed(server, query={"page[number]": 10**9, "page[size]": 100})
    assert far["data"] == []


@requirement("clients.page-limits")
@pytest.mark.parametrize("path", [CLIENTS, "/oauth_grants"])
async def test_sizes_from_1_to_100_and_numbers_from_1_are_all_that_there_are(server: Server, path: str) -> None:
    for size in ("1", "100"):
        answer = await server.manage("GET", path, params={"page[size]": size})
        assert body_of(answer)["meta"]["page_size"] == int(size)
    for name, value in (("size", "0"), ("size", "101"), ("number", "0"), ("size", "-1"), ("number", "x"), ("size", "")):
        answer = await server.manage("GET", path, params={f"page[{name}]": value})
        (error,) = assert_refused_by_management(answer, 400, "invalid_request")
        assert error["source"] == {"parameter": f"page[{name}]"}


@requirement("clients.filters")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter[name]": "Alpha"}, ["Alpha"]),
        ({"filter[name]": "alpha"}, []),
        ({"filter[name]": "Alp"}, []),
        ({"filter[name][contains]": "ALPHA"}, ["alphabet", "Alpha"]),
        ({"filter[name]": "Alpha", "filter[name][contains]": "ph"}, ["Alpha"]),
        ({"filter[name]": "Alpha", "filter[name][contains]": "bet"}, []),
        ({"filter[name][contains]": "%"}, ["100% pure_"]),
        ({"filter[name][contains]": "_"}, ["100% pure_"]),
        ({"filter[name][contains]": "straße"}, ["STRASSE"]),
        ({"filter[client_type]": "public"}, ["alphabet"]),
        ({"filter[client_type]": "confidential"}, ["STRASSE", "100% pure_", "Alpha"]),
        ({"filter[allowed_grant_types][contains]": "refresh_token"}, ["100% pure_"]),
        ({"filter[allowed_grant_types][contains]": "client_credentials"}, ["STRASSE", "alphabet", "Alpha"]),
        ({"filter[verified]": "false"}, ["STRASSE", "100% pure_", "alphabet", "Alpha"]),
        ({"filter[verified]": "true"}, []),
        ({"filter[client_id]": "unheard-of"}, []),
        ({"filter[client_type]": "confidential", "page[size]": "1", "page[number]": "2"}, ["100% pure_"]),
    ],
)
async def test_each_filter_narrows_the_list(server: Server, query: dict[str, str], expected: list[str]) -> None:
    both = {"allowed_grant_types": ["authorization_code", "refresh_token"]}
    for name, fields in (("Alpha", {}), ("alphabet", {"client_type": "public"}), ("100% pure_", both), ("STRASSE", {})):
        await create(server, name=name, **fields)
        server.clock.advance(1)
    assert await names(server, query) == expected


@requirement("clients.filter-client-id")
async def test_a_client_is_found_by_its_id(server: Server) -> None:
    await create(server)
    wanted = await create(server, name="wanted")
    assert await names(server, {"filter[client_id]": wanted["client_id"]}) == ["wanted"]


@requirement("clients.filter-values")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[client_type]", "secret"),
        ("filter[verified]", "yes"),
        ("filter[allowed_grant_types][contains]", "password"),
    ],
)
async def test_a_filter_value_that_cannot_be_is_named(server: Server, name: str, value: str) -> None:
    answer = await server.manage("GET", CLIENTS, params={name: value})
    (error,) = assert_refused_by_management(answer, 400, "invalid_request")
    assert error["source"] == {"parameter": name}


@requirement("clients.verified-filter")
async def test_verified_clients_are_those_that_the_operator_has_verified(server: Server) -> None:
    import msgspec

    from grantwell.protocol.changes import ReplaceClient

    made = await create(server)
    client = await server.backend.client(made["client_id"])
    assert client is not None
    changed = msgspec.structs.replace(client, verified=True, revision=1)
    await server.backend.apply((ReplaceClient(changed, 0),))
    assert await names(server, {"filter[verified]": "true"}) == [NEW["name"]]
    assert await names(server, {"filter[verified]": "false"}) == []


@requirement("clients.get")
async def test_a_client_is_got_by_its_id(server: Server) -> None:
    made = await create(server)
    got = data_of(await server.manage("GET", f"{CLIENTS}/{made['client_id']}"))
    assert got == made | {"client_secret": None}


@requirement("clients.not-found")
@pytest.mark.parametrize("identifier", ["00000000-0000-4000-8000-000000000000", "not-a-uuid", "a b", "%00", "x" * 3000])
async def test_an_id_that_is_nobodys_is_404_whatever_its_form(server: Server, identifier: str) -> None:
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        answer = await server.manage(method, f"{CLIENTS}/{identifier}", json=body)
        assert_refused_by_management(answer, 404, "not_found")


@requirement("clients.partial-update")
@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another"},
        {"allowed_scopes": []},
        {"allowed_grant_types": ["authorization_code"]},
        {"redirect_uris": [CALLBACK]},
        {"require_pkce": True},
        {"logo_uri": "https://client.example/logo.png"},
        {"policy_uri": "https://client.example/privacy"},
        {"tos_uri": "https://client.example/terms"},
    ],
)
async def test_an_update_changes_what_was_sent_and_nothing_else(server: Server, change: Json) -> None:
    made = await create(server)
    server.clock.advance(5)
    path = f"{CLIENTS}/{made['client_id']}"
    updated = data_of(await server.manage("PUT", path, json=change))
    assert updated == made | change | {"client_secret": None, "updated_at": "2026-06-01T12:00:05Z"}
    assert data_of(await server.manage("GET", path)) == updated


@requirement("clients.empty-update")
@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_an_empty_update_changes_nothing_at_all(server: Server, body: bytes) -> None:
    made = await create(server)
    server.clock.advance(5)
    headers = {"Content-Type": "application/json"}
    answer = await server.manage("PUT", f"{CLIENTS}/{made['client_id']}", content=body, headers=headers)
    assert data_of(answer) == made | {"client_secret": None}


@requirement("clients.clear-uri")
async def test_a_null_clears_a_uri(server: Server) -> None:
    made = await create(server, logo_uri="https://client.example/logo.png")
    answer = await server.manage("PUT", f"{CLIENTS}/{made['client_id']}", json={"logo_uri": None})
    assert data_of(answer)["logo_uri"] is None


@requirement("clients.update-invalid")
@pytest.mark.parametrize(
    "change",
    [{"client_type": "public"}, {"verified": True}, {"name": None}, {"user_id": "x"}, {"allowed_scopes": None}],
)
async def test_an_update_of_what_cannot_be_changed_is_refused_by_name(server: Server, change: Json) -> None:
    made = await create(server)
    path = f"{CLIENTS}/{made['client_id']}"
    (error,) = assert_refused_by_management(await server.manage("PUT", path, json=change), 422, "invalid_request")
    assert error["source"] == {"pointer": f"/{next(iter(change))}"}
    assert data_of(await server.manage("GET", path)) == made | {"client_secret": None}


@requirement("clients.delete")
async def test_a_deleted_client_is_gone_with_all_that_it_had(server: Server) -> None:
    client = await server.make_client()
    tokens = await server.log_in(client)
    own = await server.client_token(client)
    answer = await server.manage(
        "DELETE", f"{CLIENTS}/{client.client_id}", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert_refused_by_management(await server.manage("GET", f"{CLIENTS}/{client.client_id}"), 404, "not_found")
    assert not await server.is_live(tokens["access_token"])
    assert not await server.is_live(own)
    assert_refused_plainly(await server.rotate(client, tokens["refresh_token"]), 401, "invalid_client")
    assert await server.grants() == []


@requirement("clients.needs-bearer")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_without_a_bearer_that_is_known_there_is_401_and_a_challenge(server: Server, method: str) -> None:
    path = f"/v2{CLIENTS}" + ("/x" if method in ("PUT", "DELETE") else "")
    silent = await server.http.request(method, path)
    assert_refused_by_management(silent, 401, "invalid_token")
    metadata = "http://127.0.0.1:8000/.well-known/oauth-protected-resource"
    assert silent.headers["www-authenticate"] == f'Bearer resource_metadata="{metadata}"'
    for wrong in (bearer("unheard-of"), bearer(""), {"Authorization": "Basic eDp5"}, {"Authorization": "x"}):
        answer = await server.http.request(method, path, headers=wrong)
        assert_refused_by_management(answer, 401, "invalid_token")
    answer = await server.http.request(method, path, headers=bearer("unheard-of"))
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    in_query = await server.http.request(method, path, params={"access_token": server.api_key})
    assert_refused_by_management(in_query, 401, "invalid_token")


@requirement("clients.by-client-token")
async def test_a_client_manages_its_organizations_clients_with_a_token_of_its_own(server: Server) -> None:
    manager = await server.make_client()
    token = await server.client_token(manager)
    made = await create(server, key=token)
    client = await server.backend.client(manager.client_id)
    assert client is not None
    assert (made["org_id"], made["user_id"]) == (client.org_id, client.user_id)
    path = f"{CLIENTS}/{made['client_id']}"
    assert data_of(await server.manage("PUT", path, key=token, json={"name": "x"}))["name"] == "x"
    assert (await server.manage("DELETE", path, key=token)).status_code == 204
    assert_refused_by_management(await server.manage("GET", "/oauth_grants", key=token), 403, "insufficient_scope")


@requirement("clients.organization")
async def test_another_organizations_client_is_404(server: Server) -> None:
    stranger = await server.make_person()
    made = await create(server)
    path = f"{CLIENTS}/{made['client_id']}"
    assert (await listed(server, key=stranger.api_key))["data"] == []
    for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        answer = await server.manage(method, path, key=stranger.api_key, json=body)
        assert_refused_by_management(answer, 404, "not_found")
    assert data_of(await server.manage("GET", path))["name"] == NEW["name"]


@requirement("clients.members")
async def test_members_see_what_their_organization_has_and_change_what_they_made(server: Server) -> None:
    member = await server.make_colleague(role="member")
    ours, mine = await create(server), await create(server, key=member.api_key)
    assert len((await listed(server, key=member.api_key))["data"]) == 2
    for method, body in (("PUT", {"name": "x"}), ("DELETE", None)):
        path = f"{CLIENTS}/{ours['client_id']}"
        answer = await server.manage(method, path, key=member.api_key, json=body)
        assert_refused_by_management(answer, 403, "access_denied")
    for key in (member.api_key, None):
        path = f"{CLIENTS}/{mine['client_id']}"
        assert data_of(await server.manage("PUT", path, key=key, json={"name": "x"}))["name"] == "x"


@requirement("clients.catalogue")
async def test_the_scopes_that_there_are_come_from_the_catalogue(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "voice.read"}, {"id": "voice.write"}], management_scope="voice.write")
    assert (await create(server, allowed_scopes=["voice.write"]))["allowed_scopes"] == ["voice.write"]
    answer = await server.manage("POST", CLIENTS, json=NEW)
    (error,) = assert_refused_by_management(answer, 422, "invalid_request")
    assert "voice.read, voice.write" in error["detail"]
