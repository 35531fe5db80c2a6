"""Refused requests, from the refusal to whoever develops the client: over the wire, on each database."""

from typing import Any

import httpx
import pytest
from tests.support.actors import CALLBACK, Client
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management

from grantwell.protocol.refusal_store import RefusalFilter

EVERYTHING = RefusalFilter("", everywhere=True)
SECRETS = ("the-state-of-it", "the-token-in-it", "ada-s-own", "hidden-in-the-fragment", "the-challenge-of-it")


async def refuse(server: Server, client: Client, **parameters: str) -> httpx.Response:
    """Ask as the client should not."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": "https://client.example/Callback/?token=the-token-in-it#hidden-in-the-fragment",
        "state": "the-state-of-it",
        "code_challenge": "the-challenge-of-it",
        "login_hint": "ada-s-own",
    } | parameters
    answer = await server.http.get("/v2/oauth/authorize", params=asked)
    assert answer.status_code in (302, 400, 404, 422)
    return answer


async def look(server: Server, path: str = "", *, token: str = "", **query: Any) -> httpx.Response:
    """Ask for refused requests, once what was refused is written down; as the administrator, if by nobody else."""
    await server.app.driver.refusals.write()
    bearer = token or await server.session_token()
    return await server.http.get(
        f"/v2/refused_requests{path}", params=query, headers={"Authorization": f"Bearer {bearer}"}
    )


async def story(server: Server, answer: httpx.Response, **more: Any) -> dict[str, Any]:
    found = await look(server, f"/{answer.headers['x-request-id']}", **more)
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()["data"]
    return told


async def test_the_reference_of_a_refusal_tells_where_the_redirect_uris_differ(server: Server) -> None:
    client = await server.make_client(redirect_uris=[CALLBACK, "https://client.example/callback/"])
    answer = await refuse(server, client)
    told = await story(server, answer)
    assert told == {
        "record_type": "refused_request",
        "reference": answer.headers["x-request-id"],
        "created_at": "2026-06-01T12:00:00Z",
        "operation": "authorize",
        "client_id": client.client_id,
        "client_name": "Example",
        "error": "invalid_request",
        "reason": "redirect_uri_unknown",
        "description": "redirect_uri is not registered for this client",
        "redirect_uri": "https://client.example/Callback/?token=…#…",
        "redirect_uri_registered": False,
        "registered": [
            {
                "uri": "https://client.example/callback/",
                "differs_at": 23,
                "hints": ["case", "query", "fragment"],
            },
            {
                "uri": CALLBACK,
                "differs_at": 23,
                "hints": ["trailing_slash", "case", "query", "fragment"],
            },
        ],
        "sent": [
            {"name": "client_id", "value": client.client_id},
            {"name": "response_type", "value": "code"},
            {"name": "state", "value": "…"},
            {"name": "code_challenge", "value": "…"},
        ],
    }


async def test_nothing_secret_of_it_is_in_the_database_or_the_answer(server: Server) -> None:
    answer = await refuse(server, await server.make_client())
    found = await look(server, f"/{answer.headers['x-request-id']}")
    whole = str(await server.backend.refused_requests(EVERYTHING, 0, 10))
    for secret in SECRETS:
        assert secret not in found.text
        assert secret not in whole


async def test_what_is_registered_meanwhile_is_told_as_registered(server: Server) -> None:
    client = await server.make_client()
    answer = await refuse(server, client, redirect_uri="https://client.example/other")
    body = {"redirect_uris": [CALLBACK, "https://client.example/other"]}
    assert (await server.manage("PUT", f"/oauth_clients/{client.client_id}", json=body)).status_code == 200
    assert (await story(server, answer))["redirect_uri_registered"] is True


@pytest.mark.parametrize(
    ("parameters", "error", "reason"),
    [
        ({"redirect_uri": CALLBACK, "scope": "nonsense"}, "invalid_scope", "scope_unknown"),
        ({"redirect_uri": CALLBACK, "response_type": "token"}, "unsupported_response_type", "response_type_unknown"),
        ({"redirect_uri": ""}, "invalid_request", "redirect_uri_missing"),
        ({"state": "s" * 2000}, "invalid_request", "state_too_long"),
    ],
)
async def test_every_refusal_of_a_known_client_is_told(
    server: Server, parameters: dict[str, str], error: str, reason: str
) -> None:
    told = await story(server, await refuse(server, await server.make_client(), **parameters))
    assert (told["error"], told["reason"]) == (error, reason)


async def test_a_refused_token_request_is_told(server: Server) -> None:
    client = await server.make_client()
    code = await server.approve(client)
    await server.exchange(client, code)
    answer = await server.redeem(client, code)
    assert answer.status_code == 400
    told = await story(server, answer)
    assert (told["operation"], told["error"], told["reason"]) == ("token", "invalid_grant", "code_replayed")
    assert told["sent"] == [{"name": "grant_type", "value": "authorization_code"}]
    assert (told["redirect_uri"], told["redirect_uri_registered"], told["registered"]) == (None, None, [])
    assert code not in str(told)


async def test_they_are_listed_newest_first_and_by_client(server: Server) -> None:
    one, other = await server.make_client(name="One"), await server.make_client(name="Other")
    for client in (one, other, one):
        await refuse(server, client)
        server.clock.advance(1)
    listed = (await look(server)).json()
    assert [each["client_name"] for each in listed["data"]] == ["One", "Other", "One"]
    assert listed["meta"] == {"page_number": 1, "page_size": 20, "total_pages": 1, "total_results": 3}
    assert "sent" not in listed["data"][0]
    of_other = (await look(server, **{"filter[client_id]": other.client_id})).json()
    assert [each["client_name"] for each in of_other["data"]] == ["Other"]
    second = (await look(server, **{"page[size]": "2", "page[number]": "2"})).json()
    assert (len(second["data"]), second["meta"]["total_pages"]) == (1, 2)
    assert (await look(server, **{"page[size]": "0"})).status_code == 400


async def test_a_colleague_sees_them_and_another_organization_does_not(server: Server) -> None:
    await server.make_colleague(role="member", password="a password of hers")
    # The first organization runs the server, and this is a later one.
    server.clock.advance(1)
    await server.make_person("eve@example.com", password="a password of evil")
    answer = await refuse(server, await server.make_client())
    colleague = await server.session_token("grace@example.com", "a password of hers")
    stranger = await server.session_token("eve@example.com", "a password of evil")
    assert (await story(server, answer, token=colleague))["reason"] == "redirect_uri_unknown"
    foreign = await look(server, f"/{answer.headers['x-request-id']}", token=stranger)
    assert_refused_by_management(foreign, 404, "not_found")
    assert (await look(server, token=stranger)).json()["data"] == []


async def test_of_clients_that_nobody_owns_only_whoever_runs_the_server_is_told(server: Server) -> None:
    await server.make_colleague(role="member", password="a password of hers")
    registered = await refuse(server, await server.register_client(client_name="Assistant"))
    unknown = await refuse(server, Client("made-up", None))
    colleague = await server.session_token("grace@example.com", "a password of hers")
    for answer, name in ((registered, "Assistant"), (unknown, None)):
        assert (await story(server, answer))["client_name"] == name
        assert (await look(server, f"/{answer.headers['x-request-id']}", token=colleague)).status_code == 404
    told = await story(server, unknown)
    assert (told["client_id"], told["reason"]) == (None, "authorize_client_unknown")
    assert {"name": "client_id", "value": "made-up"} in told["sent"]


async def test_only_who_is_signed_in_is_told(server: Server) -> None:
    await refuse(server, await server.make_client())
    assert_refused_by_management(await server.manage("GET", "/refused_requests"), 403, "insufficient_scope")
    assert (await server.http.get("/v2/refused_requests")).status_code == 401


async def test_after_a_day_they_are_forgotten(server: Server) -> None:
    answer = await refuse(server, await server.make_client())
    assert (await story(server, answer))["reason"] == "redirect_uri_unknown"
    server.clock.advance(86401)
    await server.app.background.clean_up()
    assert (await look(server, f"/{answer.headers['x-request-id']}")).status_code == 404


async def test_an_anonymous_flood_leaves_little_behind(server: Server) -> None:
    client = await server.make_client()
    for _ in range(60):
        await refuse(server, client)
    assert (await look(server)).json()["meta"]["total_results"] == 10
    for minute in range(8):
        server.clock.advance(60)
        for n in range(20):
            await refuse(server, Client(f"made-up-{minute}-{n}", None))
        await server.app.driver.refusals.write()
    # All clients that are not known have together what one has.
    assert (await look(server)).json()["meta"]["total_results"] == 10 + 50


async def test_what_was_not_yet_written_is_written_when_the_server_stops(server: Server) -> None:
    answer = await refuse(server, await server.make_client())
    await server.app.background.stop()
    assert await server.backend.refused_request(EVERYTHING, answer.headers["x-request-id"]) is not None
