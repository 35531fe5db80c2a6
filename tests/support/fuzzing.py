"""Requests made up from the API's own description: right ones, right ones with one thing wrong, and wild ones."""

import json
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.support.actors import CALLBACK, CHALLENGE, LOOPBACK, VERIFIER, Json
from tests.support.operations import ALL_OPERATIONS, THE_17

JUNK: list[Any] = [
    *(None, True, False, 0, -1, 2**70, 1.5, "", " ", "\u0000", "\r\nX: y", "🙂", "é", "\ud83d", "%00", "../.."),
    *("' OR 1=1 --", "<script>", "x" * 300, "x" * 9000, [], [None], [[]], ["x", 7], {}, {"a": {"b": []}}, "null"),
]
# Values by the names that they go under. The first is right; all three grant types are, each at its time.
PLAUSIBLE: dict[str, list[Any]] = {
    "response_type": ["code", "token", "code token"],
    "grant_type": ["authorization_code", "client_credentials", "refresh_token", "password"],
    "redirect_uri": [CALLBACK, LOOPBACK, "https://evil.example/", f"{CALLBACK}?x=1"],
    "redirect_uris": [[CALLBACK], [LOOPBACK], [], ["cursor://x/y"], ["javascript:x"]],
    "scope": ["admin", "admin offline_access", "nothing", "a  b"],
    "allowed_scopes": [["admin"], [], ["nothing"]],
    "grant_types": [["authorization_code", "refresh_token"], ["client_credentials"], []],
    "allowed_grant_types": [["authorization_code", "refresh_token"], ["client_credentials"], ["password"]],
    "response_types": [["code"], ["token"], []],
    "client_type": ["confidential", "public", "secret"],
    "token_endpoint_auth_method": ["none", "client_secret_basic", "private_key_jwt"],
    "code_verifier": [VERIFIER, VERIFIER[::-1], "short"],
    "code_challenge": [CHALLENGE, VERIFIER, "short"],
    "code_challenge_method": ["S256", "plain", "S512"],
    "resource": ["https://api.example", "http://127.0.0.1:8000", "not absolute", "https://x/#y"],
    "prompt": ["consent", "none", "login consent"],
    "state": ["a state that nobody logs"],
    "allowed": [True, False, "true"],
    "require_pkce": [True, "yes"],
    "enabled": [True, False, 1],
    "filter[log]": ["organization", "server", "x"],
    "filter[from]": ["2020-01-01", "yesterday"],
    "filter[to]": ["2040-01-01", "1"],
    "page[after]": ["MS54", "x"],
    "role": ["member", "admin", "king"],
    "capabilities": [["clients"], [], ["everything"]],
    "expires_in_days": [30, 0, 10**9],
    "overlap_seconds": [3600, 0, -1],
    "end_older": [True, "yes"],
    "at_once": [False, True, 1],
    "token_type_hint": ["access_token", "refresh_token"],
    "name": ["A name", "two\nlines", "x" * 256],
    "client_name": ["A name", ""],
    "logo_uri": ["https://client.example/x", "javascript:x"],
    "tos_uri": ["https://client.example/x", "ftp://x"],
    "policy_uri": ["https://client.example/x", "//x"],
    "page[size]": ["100", "1", "0", "101", "x"],
    "page[number]": ["1", "2", "0", "99999999999"],
    "filter[client_type]": ["public", "confidential", "x"],
    "filter[verified]": ["true", "false", "x"],
    "filter[allowed_grant_types][contains]": ["refresh_token", "x"],
}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CONTENT_TYPES = [JSON, FORM, "text/plain", "application/json; charset=x", ""]
EXPENDABLE = ("UpdateOAuthClient", "DeleteOAuthClient", "UpdateOAuthClientStatus", "EndOlderOAuthClientSecret")
# What only somebody who is signed in may call.
SIGNED_IN = {
    *("ListSessions", "ListApiKeys", "CreateApiKey", "ListUsers", "CreateUser", "GetUser"),
    *("ListRefusedRequests", "GetRefusedRequest", "InspectOAuthToken", "ListAuditEvents", "GetNumbers"),
    *("ListSigningKeys", "RotateSigningKeys"),
}
# What ends the conversation for everybody, or needs what only the pages or an operator have: tried, but never rightly.
BEYOND = {
    *("ChangePassword", "EndSessions", "EndOneSession", "EndSession", "UpdateUser", "ResetPassword"),
    *("RevokeSigningKey", "RevokeApiKey", "CreateExternalSession"),
    *("GetConnectedApp", "GetRefusedRequest"),
    *("CreateSignInTicket", "ShowSignInTicket", "TradeSignInTicket"),
}
# By which name the ids go that stand in paths.
IDENTIFIERS = {
    "User": "user.id",
    "ApiKey": "api_key.id",
    "ConnectedApp": "connected_app.id",
    "RefusedRequest": "reference",
}


class Request(NamedTuple):
    """One request to an operation."""

    operation: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return ALL_OPERATIONS[self.operation].method


class Fuzzer:
    """Makes requests up. `story` is what fits together at the moment; `known` is everything that was ever told."""

    def __init__(self, document: Json, seed: int, right: dict[str, str], wild: Iterable[dict[str, str]]) -> None:
        self.random = Random(seed)
        self.story: dict[str, str] = {}
        self.known: dict[str, list[str]] = {}
        # Those of somebody who is signed in, for as long as they last.
        self.session_headers: dict[str, str] = {}
        self.signed_in_until = 0.0
        self._careful = True
        self._right_headers = right
        self._wild_headers = list(wild)
        self._schemas = document["components"]["schemas"]
        self._operations: dict[str, Json] = {
            operation["operationId"]: operation
            for methods in document["paths"].values()
            for operation in methods.values()
        }

    def learn(self, name: str, value: str) -> None:
        """Remember a value that the server has told; whose id it is, the story's client keeps."""
        self.known.setdefault(name, []).append(value)
        if name not in ("client_id", "client_secret") or name not in self.story:
            self.story[name] = value

    def request(self) -> Request:
        """One more request."""
        # The 17 need more of each other, and so more attempts.
        name = self.random.choice([*ALL_OPERATIONS, *THE_17, *THE_17])
        self._careful = self._chance(0.6) and name not in BEYOND
        operation, wire = self._operations[name], ALL_OPERATIONS[name]
        path, query = wire.path, {}
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", _segment(self._identifier(name)))
            elif parameter["required"] or self._chance(0.5):
                query[parameter["name"]] = self._value(parameter["name"])
        fields = self._fields(operation) if wire.body else {}
        if self._careful and self._chance(0.4) and (query or fields):
            spoiled = query or fields
            spoiled[self.random.choice(list(spoiled))] = self.random.choice(JUNK)
        headers = self._headers(name, anonymous=wire.form)
        body = self._body(fields, headers, form=wire.form) if wire.body else b""
        return Request(name, path, self._query(query), headers, body)

    def _headers(self, operation: str, *, anonymous: bool) -> dict[str, str]:
        if self._careful:
            right = self.session_headers if operation in SIGNED_IN else self._right_headers
            return {} if anonymous else dict(right)
        return dict(self.random.choice(self._wild_headers))

    def _identifier(self, operation: str) -> str:
        name = "client_id" if "Client" in operation else "consent_token" if "Consent" in operation else "id"
        name = next((known for noun, known in IDENTIFIERS.items() if noun in operation), name)
        if not self._careful or operation not in EXPENDABLE:
            return _text(self._value(name)) or "x"
        return self.random.choice([each for each in self.known["client_id"] if each != self.story["client_id"]])

    def _fields(self, operation: Json) -> Json:
        schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
        schema = self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        fields = {name: self._value(name) for name in schema["properties"] if self._careful or self._chance(0.7)}
        if self._careful and "role" in fields:
            fields["email"] = f"{self.random.getrandbits(40):x}@example.com"  # nobody has it yet
        if not self._careful and self._chance(0.1):
            fields[self.random.choice(["unheard-of", "client_id", "a[b]", "\u0000"])] = self.random.choice(JUNK)
        return fields

    def _value(self, name: str) -> Any:
        plausible = PLAUSIBLE.get(name, ["x"])
        if self._careful:
            rights = plausible[: 3 if name == "grant_type" else 1]
            return self.story[name] if name in self.story else self.random.choice(rights)
        pools = [self.known.get(name, [])[-20:], plausible, JUNK]
        return self.random.choice(self.random.choices(pools, [6 if pools[0] else 0, 4, 2])[0])

    def _query(self, query: Json) -> list[tuple[str, str]]:
        pairs = [(name, _text(value)) for name, value in query.items()]
        return pairs + pairs[:1] if not self._careful and self._chance(0.05) else pairs

    def _body(self, fields: Json, headers: dict[str, str], *, form: bool) -> bytes:
        as_form = form and self._chance(0.5)
        headers["Content-Type"] = FORM if as_form else JSON
        data = _form(fields) if as_form else json.dumps(fields).encode()
        if self._careful or self._chance(0.8):
            return data
        headers["Content-Type"] = self.random.choice(CONTENT_TYPES)
        at = self.random.randrange(len(data) + 1)
        return data[:at] + self.random.choice([b"", b"\xff", b"\x00", b"&", b"}", b"%", b'"']) + data[at + 1 :]

    def _chance(self, odds: float) -> bool:
        return self.random.random() < odds


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def _segment(text: str) -> str:
    return quote(text, safe="").replace(".", "%2E")


def _form(fields: Json) -> bytes:
    pairs = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return urlencode(pairs, errors="surrogatepass").encode()
