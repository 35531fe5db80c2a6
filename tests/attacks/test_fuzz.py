"""Requests made up from the API's own description, thousands of them: every answer is one that it describes."""

from typing import Any
from urllib.parse import urlencode

import httpx
import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Json, bearer
from tests.support.api import body_of, query_of
from tests.support.fuzzing import BEYOND, Fuzzer, Request
from tests.support.server import EMAIL, PASSWORD, Server

CHAPTERS, REQUESTS = 4, 400
# A little less than the life of a page's token.
SESSION_SECONDS = 200
# What an answer tells and a later request can use; and by which name it then goes.
LEARNT = {
    "client_id": "client_id",
    "client_secret": "client_secret",
    "access_token": "token",
    "refresh_token": "refresh_token",
    "id": "id",
    "session": "session",
    "code": "code",
    "consent_token": "consent_token",
    "reference": "reference",
}
PRESENTABLE = {"client_secret", "token", "refresh_token", "session", "code", "consent_token"}


class Description:
    """What the document says of answers."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.responses: dict[str, Json] = {
            operation["operationId"]: operation["responses"]
            for methods in document["paths"].values()
            for operation in methods.values()
        }
        self._validators: dict[tuple[str, str], Any] = {}

    def check(self, request: Request, answer: httpx.Response) -> None:
        status = str(answer.status_code)
        # An id with a slash in it is another path.
        if status in ("404", "405") and "%2F" in request.path:
            return
        assert status in self.responses[request.operation], "not a status that is described"
        for media, content in self.responses[request.operation][status].get("content", {}).items():
            if answer.status_code != 302:
                assert answer.headers["content-type"].partition(";")[0] == media
            if media == "application/json":
                self._validator(request.operation, status, content["schema"]).validate(answer.json())

    def _validator(self, operation: str, status: str, schema: Json) -> Any:
        key = (operation, status)
        if key not in self._validators:
            whole = schema | {"components": self.document["components"]}
            self._validators[key] = jsonschema.Draft202012Validator(whole)
        return self._validators[key]


async def opening(server: Server, document: Json, seed: int) -> Fuzzer:
    """A fuzzer that can get past every door, and knows what a conversation would have told it."""
    client = await server.make_client()
    public = await server.register_client()
    stranger = await server.make_person(f"stranger-{seed}@example.com")
    tokens = await server.log_in(client)
    session = body_of(await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD}), 201)
    wild = [
        *([bearer(server.api_key)] * 4),
        *([{}] * 2),
        *([client.basic] * 2),
        bearer(stranger.api_key),
        bearer(tokens["access_token"]),
        bearer(await server.client_token(client)),
        bearer("unheard-of"),
        {"Authorization": "Basic !"},
        {"Authorization": "\u00e9"},
    ]
    fuzzer = Fuzzer(document, seed, bearer(server.api_key), wild)
    fuzzer.learn("email", EMAIL)
    fuzzer.learn("password", PASSWORD)
    fuzzer.learn("filter[user_id]", session["user_id"])
    for told in (client.credentials, public.credentials, tokens, session, *(await server.grants())):
        learn(fuzzer, told)
    return fuzzer


def learn(fuzzer: Fuzzer, told: Any) -> None:
    """Remember whatever can be used again, however deep it is."""
    if isinstance(told, dict):
        if "id" in told and "record_type" not in told:
            return  # a scope of the catalogue
        # Of our own things each kind goes by its name.
        kind = str(told.get("record_type", "oauth_"))
        for name, value in told.items():
            if name == "id" and not kind.startswith("oauth_"):
                fuzzer.learn(f"{kind}.id", str(value))
            elif name in LEARNT and isinstance(value, str):
                fuzzer.learn(LEARNT[name], value)
                if name == "refresh_token":
                    fuzzer.learn("token", value)
            else:
                learn(fuzzer, value)
            if name == "redirect_uri" and isinstance(value, str):
                learn(fuzzer, query_of(value))
    elif isinstance(told, list):
        for each in told:
            learn(fuzzer, each)


async def send(server: Server, request: Request) -> httpx.Response:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    return await server.http.request(
        request.method,
        request.path,
        params=urlencode(request.query) or None,
        content=request.body,
        headers=headers,
    )


@requirement("attacks.fuzz")
@pytest.mark.parametrize("seed", range(3))
async def test_every_answer_to_made_up_requests_is_one_that_is_described(server: Server, seed: int) -> None:
    description = Description(body_of(await server.http.get("/openapi.json")))
    succeeded: set[str] = set()
    for chapter in range(CHAPTERS):
        fuzzer = await opening(server, description.document, 1000 * seed + chapter)
        for _ in range(REQUESTS):
            succeeded |= await one_more(server, fuzzer, description)
        logged = "\n".join(map(str, server.events))
        told = {value for name in PRESENTABLE for value in fuzzer.known.get(name, [])}
        assert [value for value in told if value in logged] == []
    # A fuzz that never gets through proves nothing.
    assert succeeded >= set(description.responses) - BEYOND


async def stay_signed_in(server: Server, fuzzer: Fuzzer) -> None:
    """Have a token at hand that lasts for one more request, and a session that nobody has ended."""
    if server.clock() < fuzzer.signed_in_until:
        return
    fuzzer.session_headers = bearer(await server.session_token())
    fuzzer.signed_in_until = server.clock() + SESSION_SECONDS


async def one_more(server: Server, fuzzer: Fuzzer, description: Description) -> set[str]:
    """Send a request, judge the answer, learn from it; the operation, if it succeeded."""
    await stay_signed_in(server, fuzzer)
    request = fuzzer.request()
    server.clock.advance(fuzzer.random.choice([0, 0, 0, 1, 30]))
    answer = await send(server, request)
    try:
        assert answer.status_code < 500
        assert answer.headers["x-request-id"] == server.events[-1].request_id
        description.check(request, answer)
    except (AssertionError, jsonschema.ValidationError) as error:
        error.add_note(f"{request} was answered {answer.status_code} {answer.text}")
        raise
    if answer.status_code >= 400:
        return set()
    if answer.headers.get("content-type") == "application/json":
        learn(fuzzer, answer.json())
    learn(fuzzer, query_of(answer.headers.get("location", "")))
    return {request.operation}
