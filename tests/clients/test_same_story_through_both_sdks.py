"""Stories told to a real server through the official SDK and through ours: the same comes back, field by field.

Both are driven by the same lines: whoever moves from one to the other changes the import, and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
import telnyx
from pydantic import BaseModel
from tests.sdk.consenting import consent_token_at
from tests.support.real_server import RealServer
from tests.support.server import API_KEY
from typing_extensions import override

from grantwell import sdk
from grantwell.sdk.extensible import Extensible

CALLBACK = "https://client.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

# What differs from one telling to the next: compared by type.
ITS_OWN = {
    "access_token",
    "client_id",
    "client_id_issued_at",
    "client_secret",
    "created_at",
    "exp",
    "expires_at",
    "iat",
    "id",
    "jti",
    "last_used_at",
    "redirect_uri",
    "refresh_token",
    "sub",
    "total_results",
    "updated_at",
}


@pytest.fixture
def origin(real_server: RealServer) -> str:
    return real_server.origin


class Official:
    """The official package."""

    errors = telnyx
    blocking: Any = telnyx.Telnyx
    asynchronous: Any = telnyx.AsyncTelnyx
    strict: ClassVar[dict[str, Any]] = {"_strict_response_validation": True}


class Ours:
    """This one."""

    errors = sdk
    blocking: Any = sdk.Grantwell
    asynchronous: Any = sdk.AsyncGrantwell
    strict: ClassVar[dict[str, Any]] = {}


Package: TypeAlias = type[Official] | type[Ours]


class Teller:
    """Tells a story through one package. `done` brings what a call comes to, `listed` all that a list holds."""

    def __init__(self, package: Package, origin: str) -> None:
        self.package = package
        self.origin = origin
        self.client = self.connect(API_KEY)

    def connect(self, api_key: str) -> Any:
        return self.package.blocking(api_key=api_key, base_url=f"{self.origin}/v2", **self.package.strict)

    def done(self, called: Any) -> Any:
        return called

    def listed(self, items: Any) -> list[Any]:
        return list(items)

    def close(self) -> None:
        self.client.close()

    def refused(self, call: Callable[[], Any]) -> dict[str, Any]:
        """What a call that must fail says."""
        with pytest.raises(self.package.errors.APIStatusError) as raised:
            self.done(call())
        return {
            "class": type(raised.value).__name__,
            "status": raised.value.status_code,
            "body": plain(raised.value.body),
            "response": raised.value.response.status_code,
        }


class AsyncTeller(Teller):
    def __init__(self, package: Package, origin: str) -> None:
        self.runner = asyncio.Runner()
        super().__init__(package, origin)

    @override
    def connect(self, api_key: str) -> Any:
        return self.package.asynchronous(api_key=api_key, base_url=f"{self.origin}/v2", **self.package.strict)

    @override
    def done(self, called: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await called

        return self.runner.run(wait())

    @override
    def listed(self, items: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [item async for item in items]

        return list(self.runner.run(collect()))

    @override
    def close(self) -> None:
        self.done(self.client.close())
        self.runner.close()


def plain(value: Any, name: str = "") -> Any:
    """A result as plain values; what is a telling's own becomes its type."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, Extensible):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {key: plain(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return type(value).__name__ if name in ITS_OWN else value


def tell_of_discovery(teller: Teller) -> Iterator[Any]:
    client = teller.client
    yield teller.done(client.well_known.retrieve_authorization_server_metadata())
    yield teller.done(client.well_known.retrieve_protected_resource_metadata())
    yield teller.done(client.oauth.retrieve_jwks())


def tell_of_clients(teller: Teller) -> Iterator[Any]:
    clients = teller.client.oauth_clients
    created = teller.done(
        clients.create(
            name="Nightly sync",
            allowed_scopes=["admin"],
            client_type="confidential",
            allowed_grant_types=["client_credentials"],
            redirect_uris=[CALLBACK],
            require_pkce=True,
            logo_uri="https://client.example/logo.png",
        )
    )
    yield created
    client_id = created.data.client_id
    yield teller.done(clients.retrieve(client_id))
    yield teller.done(clients.update(client_id, name="Hourly sync", tos_uri="https://client.example/tos"))
    yield teller.done(clients.update(client_id))
    page = teller.done(clients.list(filter_client_id=client_id, filter_name="Hourly sync", page_size=1))
    yield [page.data, page.meta, page.has_next_page()]
    yield [teller.done(clients.list(filter_client_id=client_id, filter_verified=True)).data]
    raw = teller.done(clients.with_raw_response.retrieve(client_id))
    yield [raw.status_code, raw.headers["content-type"], teller.done(raw.parse())]
    yield teller.done(clients.delete(client_id))
    yield teller.refused(lambda: clients.retrieve(client_id))
    yield teller.refused(lambda: clients.delete(client_id))
    yield teller.refused(lambda: clients.create(**public_client(name="")))
    yield teller.refused(lambda: clients.list(page_size=101))


def public_client(**changes: Any) -> dict[str, Any]:
    return {
        "name": "A desktop program",
        "allowed_scopes": ["admin"],
        "client_type": "public",
        "allowed_grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
    } | changes


def tell_of_pages(teller: Teller) -> Iterator[Any]:
    clients = teller.client.oauth_clients
    word = f"page-{id(teller)}"
    made = [teller.done(clients.create(**public_client(name=f"{word} {number}"))).data for number in range(7)]
    listed = teller.listed(clients.list(filter_name_contains=word, page_size=3))
    assert {each.client_id for each in listed} == {each.client_id for each in made}
    yield [len(listed), len(teller.listed(clients.list(filter_name_contains=word, page_size=3, page_number=2)))]
    page = teller.done(clients.list(filter_name_contains=word, page_size=3))
    second = teller.done(page.get_next_page())
    yield [page.has_next_page(), second.meta.page_number, second.meta.total_pages, len(second.data)]
    for each in made:
        yield teller.done(clients.delete(each.client_id))


def tell_of_consent(teller: Teller) -> Iterator[Any]:
    oauth = teller.client.oauth
    client_id = teller.done(teller.client.oauth_clients.create(**public_client())).data.client_id
    authorization_url = (
        f"{teller.origin}/v2/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri={CALLBACK}"
        f"&scope=admin&state=af0ifjsldkj&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
    consent_token = consent_token_at(authorization_url)
    yield teller.done(oauth.retrieve(consent_token))
    yield teller.done(oauth.grants(allowed=False, consent_token=consent_token))
    yield teller.refused(lambda: oauth.grants(allowed=True, consent_token=consent_token))
    yield teller.refused(lambda: oauth.retrieve("no-consent-token"))
    decided = teller.done(oauth.grants(allowed=True, consent_token=consent_token_at(authorization_url)))
    yield decided
    (code,) = parse_qs(urlsplit(decided.redirect_uri).query)["code"]
    exchange = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": CALLBACK,
    }
    token = teller.done(oauth.token(**exchange))
    yield token
    yield teller.done(oauth.introspect(token=token.access_token))
    refreshed = teller.done(
        oauth.token(grant_type="refresh_token", client_id=client_id, refresh_token=token.refresh_token)
    )
    yield refreshed
    yield from tell_of_grants(teller, client_id)
    yield teller.done(oauth.introspect(token=refreshed.access_token))
    yield teller.refused(lambda: oauth.token(**exchange))
    yield teller.done(teller.client.oauth_clients.delete(client_id))


def tell_of_grants(teller: Teller, client_id: str) -> Iterator[Any]:
    grants = teller.client.oauth_grants
    (grant,) = [each for each in teller.listed(grants.list(page_size=1)) if each.client_id == client_id]
    yield grant
    yield teller.done(grants.retrieve(grant.id))
    yield teller.done(grants.delete(grant.id))
    yield teller.refused(lambda: grants.retrieve(grant.id))


def tell_of_registration(teller: Teller) -> Iterator[Any]:
    register = teller.client.oauth.register
    yield teller.done(
        register(
            client_name="A self-made client",
            redirect_uris=["http://127.0.0.1:7777/cb"],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope="admin",
            token_endpoint_auth_method="none",
        )
    )
    yield teller.refused(lambda: register(client_name="Nowhere", redirect_uris=["javascript:alert(1)"]))


def tell_of_refusals(teller: Teller) -> Iterator[Any]:
    oauth = teller.client.oauth
    yield teller.refused(lambda: oauth.token(grant_type="refresh_token", client_id="unknown", refresh_token="x"))
    yield teller.refused(lambda: oauth.token(grant_type="authorization_code"))
    stranger = teller.connect("not-a-key-of-anybody")
    yield teller.refused(stranger.oauth_grants.list)
    yield teller.refused(lambda: stranger.oauth.introspect(token="x"))
    yield teller.done(stranger.close())


def tell_of_authorize(teller: Teller) -> Iterator[Any]:
    authorize = teller.client.oauth.retrieve_authorize
    unknown = {"client_id": "unknown", "redirect_uri": CALLBACK, "response_type": "code"}
    said = teller.refused(lambda: authorize(**unknown))
    yield [said["class"], said["status"], said["body"].partition("<")[1]]
    client_id = teller.done(teller.client.oauth_clients.create(**public_client())).data.client_id
    known = unknown | {"client_id": client_id, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    page = teller.done(authorize(**known))
    # The page that it ends on holds a form token of its own; that it is that page is what is the same.
    yield [type(page).__name__, page[: page.index("</title>")]]
    yield teller.done(teller.client.oauth_clients.delete(client_id))


STORIES: list[Callable[[Teller], Iterator[Any]]] = [
    tell_of_discovery,
    tell_of_clients,
    tell_of_pages,
    tell_of_consent,
    tell_of_registration,
    tell_of_refusals,
    tell_of_authorize,
]


def told(story: Callable[[Teller], Iterator[Any]], kind: type[Teller], package: Package, origin: str) -> list[Any]:
    teller = kind(package, origin)
    try:
        return [plain(each) for each in story(teller)]
    finally:
        teller.close()


@pytest.mark.parametrize("kind", [Teller, AsyncTeller], ids=["blocking", "asynchronous"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_both_packages_tell_the_same_story(
    story: Callable[[Teller], Iterator[Any]], kind: type[Teller], origin: str
) -> None:
    official = told(story, kind, Official, origin)
    ours = told(story, kind, Ours, origin)
    assert len(ours) > 1
    assert ours == official
