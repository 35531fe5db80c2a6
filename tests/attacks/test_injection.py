"""SQL, wildcards and other languages in places where text is looked up."""

import pytest
from tests.requirements.marker import requirement
from tests.support.api import body_of, data_of
from tests.support.server import PASSWORD, Server
from tests.support.wire import assert_refused

METACHARACTERS = [
    "' OR '1'='1",
    "'; DROP TABLE clients; --",
    '" OR ""="',
    "\\",
    "\\' OR 1=1 --",
    "%",
    "_",
    "!",
    "!%",
    "%' ESCAPE '!' OR 1=1 --",
    ":client_id",
    "$1",
    "?1",
    "*",
    "[a-z]",
    "1 UNION SELECT secret_hash FROM clients",
    "x" * 3000,
    "%" * 3000,
    "İ",
]


@requirement("attacks.sql")
@pytest.mark.parametrize("text", METACHARACTERS)
async def test_metacharacters_in_a_filter_are_only_characters(server: Server, text: str) -> None:
    await server.make_client(name="harmless")
    for name in ("filter[name]", "filter[name][contains]", "filter[client_id]"):
        body = body_of(await server.manage("GET", "/oauth_clients", params={name: text}))
        assert body["data"] == []
        assert body["meta"]["total_results"] == 0


@requirement("attacks.sql")
@pytest.mark.parametrize("text", [each for each in METACHARACTERS if len(each) < 256])
async def test_a_name_of_metacharacters_is_stored_and_found_as_it_is(server: Server, text: str) -> None:
    await server.make_client(name="harmless")
    client = await server.make_client(name=text)
    for query in ({"filter[name]": text}, {"filter[name][contains]": text}):
        (found,) = body_of(await server.manage("GET", "/oauth_clients", params=query))["data"]
        assert (found["client_id"], found["name"]) == (client.client_id, text)
    got = data_of(await server.manage("GET", f"/oauth_clients/{client.client_id}"))
    assert got["name"] == text


@requirement("attacks.sql")
@pytest.mark.parametrize("text", METACHARACTERS)
async def test_metacharacters_in_credentials_are_only_wrong(server: Server, text: str) -> None:
    client = await server.make_client()
    assert (await server.token(client.with_secret(text), "client_credentials")).status_code in (400, 401)
    answer = await server.manage("GET", "/oauth_clients", key=text.encode("ascii", "replace").decode())
    assert_refused(answer, 401, "invalid_token")
    answer = await server.http.post("/v2/sessions", json={"email": text, "password": PASSWORD})
    assert answer.status_code in (401, 422)
    assert (await server.rotate(client, text)).status_code == 400


@requirement("attacks.page-numbers")
@pytest.mark.parametrize("value", ["1; DROP TABLE clients", "1 OR 1=1", "0x1", "1e3", "\uff11", "+1", "1 ", "9" * 400])
async def test_page_numbers_are_numbers(server: Server, value: str) -> None:
    for path in ("/oauth_clients", "/oauth_grants"):
        for name in ("page[number]", "page[size]"):
            assert_refused(await server.manage("GET", path, params={name: value}), 400, "invalid_request")
