"""Logins, renewals and a program's own credentials against the real server, over the network."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.sdk.consenting import consented
from tests.support.real_server import serving
from tests.support.server import API_KEY

from grantwell.sdk import (
    AsyncGrantwell,
    AsyncRenewingToken,
    AsyncTokenAuth,
    AuthorizationDeniedError,
    ClientCredentials,
    FileStorage,
    Grantwell,
    LoginRequiredError,
    MemoryStorage,
    PermissionDeniedError,
    RenewingToken,
    TokenAuth,
    log_in,
    log_out,
)
from grantwell.testing import GrantwellServer


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server.base_url


@pytest.fixture
def operator(base_url: str) -> Iterator[Grantwell]:
    with Grantwell(api_key=API_KEY, base_url=base_url) as client:
        yield client


@pytest.fixture
def program(base_url: str) -> Iterator[Grantwell]:
    """Without an API key, as on anybody's machine."""
    with Grantwell(api_key="", base_url=base_url) as client:
        yield client


class Person:
    """Says yes, or no, on a consent page of their own, and comes back."""

    def __init__(self, base_url: str, *, allowed: bool = True) -> None:
        self.base_url = base_url
        self.allowed = allowed

    def __call__(self, authorization_url: str) -> None:
        back = consented(authorization_url, self.base_url, allowed=self.allowed)
        assert httpx.get(back).status_code == 200


def test_a_person_signs_in_stays_signed_in_and_signs_out(
    program: Grantwell, operator: Grantwell, base_url: str, tmp_path: Path
) -> None:
    storage = FileStorage(tmp_path / "token.json")
    first = log_in(program, storage, client_name="A tool", open_browser=Person(base_url))
    assert operator.oauth.introspect(token=first.access_token).client_id == first.client_id
    token = RenewingToken(program, storage)
    assert token.access_token() == first.access_token
    second = token.access_token(rejected=first.access_token)
    third = RenewingToken(program, storage).access_token(rejected=second)
    assert len({first.access_token, second, third}) == 3
    assert operator.oauth.introspect(token=third).active
    assert log_out(program, storage)
    assert not operator.oauth.introspect(token=third).active
    with pytest.raises(LoginRequiredError):
        RenewingToken(program, storage).access_token()


def test_a_person_who_says_no_is_not_signed_in(program: Grantwell, base_url: str) -> None:
    storage = MemoryStorage()
    with pytest.raises(AuthorizationDeniedError, match="access_denied"):
        log_in(program, storage, open_browser=Person(base_url, allowed=False))
    assert storage.load() is None


def test_a_second_login_is_of_the_same_client(program: Grantwell, base_url: str) -> None:
    storage = MemoryStorage()
    first = log_in(program, storage, open_browser=Person(base_url))
    assert log_in(program, storage, open_browser=Person(base_url)).client_id == first.client_id


def test_a_second_login_may_ask_for_more_than_the_first(grantwell_server: GrantwellServer) -> None:
    storage, browser = MemoryStorage(), grantwell_server.browser()
    transport = grantwell_server.transport()
    with Grantwell(api_key="", base_url=grantwell_server.base_url, transport=transport) as program:
        first = log_in(program, storage, scope="read", open_browser=browser)
        second = log_in(program, storage, scope="read write", open_browser=browser)
    assert (first.scope, second.scope) == ("read", "read write")
    assert first.client_id == second.client_id


def test_a_grant_that_is_taken_back_ends_the_login(program: Grantwell, operator: Grantwell, base_url: str) -> None:
    storage = MemoryStorage()
    token = log_in(program, storage, open_browser=Person(base_url))
    (grant,) = [each for each in operator.oauth_grants.list() if each.client_id == token.client_id]
    operator.oauth_grants.delete(grant.id)
    with pytest.raises(LoginRequiredError, match="log in again"):
        RenewingToken(program, storage).access_token(rejected=token.access_token)


def test_a_token_is_good_for_the_resource_that_it_was_asked_for(
    program: Grantwell, operator: Grantwell, base_url: str
) -> None:
    storage = MemoryStorage()
    token = log_in(program, storage, resource="https://api.example/mcp", open_browser=Person(base_url))
    renewed = RenewingToken(program, storage).access_token(rejected=token.access_token)
    assert operator.oauth.introspect(token=renewed).aud == "https://api.example/mcp"


def test_many_threads_of_a_program_follow_one_lineage(program: Grantwell, operator: Grantwell, base_url: str) -> None:
    storage = MemoryStorage()
    first = log_in(program, storage, open_browser=Person(base_url)).access_token
    token = RenewingToken(program, storage)
    with ThreadPoolExecutor(8) as pool:
        renewed = set(pool.map(lambda _: token.access_token(rejected=first), range(40)))
    assert len(renewed) == 1
    assert operator.oauth.introspect(token=renewed.pop()).active


def confidential(operator: Grantwell) -> tuple[str, str]:
    created = operator.oauth_clients.create(
        name="A service",
        allowed_scopes=["admin"],
        client_type="confidential",
        allowed_grant_types=["client_credentials"],
    ).data
    return created.client_id, created.client_secret or ""


def test_a_service_manages_clients_by_its_own_credentials(operator: Grantwell, program: Grantwell) -> None:
    client_id, client_secret = confidential(operator)
    source = ClientCredentials(client_id, client_secret, scope="admin")
    service = program.with_options(auth=TokenAuth(RenewingToken(program, source=source)))
    assert client_id in {each.client_id for each in service.oauth_clients.list()}
    with pytest.raises(PermissionDeniedError) as raised:
        service.oauth_grants.list()
    assert raised.value.error == "insufficient_scope"


async def test_a_service_on_asyncio_does_so_too(operator: Grantwell, base_url: str) -> None:
    client_id, client_secret = confidential(operator)
    async with AsyncGrantwell(api_key="", base_url=base_url) as client:
        source = ClientCredentials(client_id, client_secret, scope="admin")
        service = client.with_options(auth=AsyncTokenAuth(AsyncRenewingToken(client, source=source)))
        assert client_id in [each.client_id async for each in service.oauth_clients.list(page_size=5)]


def test_introspection_by_a_clients_own_credentials(operator: Grantwell, program: Grantwell) -> None:
    client_id, client_secret = confidential(operator)
    token = program.oauth.token(grant_type="client_credentials", client_id=client_id, client_secret=client_secret)
    said = program.oauth.introspect(token=token.access_token, client_id=client_id, client_secret=client_secret)
    assert (said.active, said.client_id) == (True, client_id)
    program.oauth.revoke(token=token.access_token, client_id=client_id, client_secret=client_secret)
    assert not operator.oauth.introspect(token=token.access_token).active


def test_where_authorize_points_is_returned_and_not_visited(operator: Grantwell, base_url: str) -> None:
    made = operator.oauth.register(redirect_uris=["https://app.example/cb"], token_endpoint_auth_method="none")
    request = operator.oauth.authorization_url(client_id=made.client_id, redirect_uri="https://app.example/cb")
    location = operator.oauth.retrieve_authorize(
        client_id=request.client_id,
        redirect_uri=request.redirect_uri,
        state=request.state,
        code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method="S256",
        follow_redirects=False,
    )
    assert location.startswith(base_url.removesuffix("/v2") + "/consent?consent_token=")
