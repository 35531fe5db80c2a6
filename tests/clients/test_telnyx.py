"""The official `telnyx` package, strict about every answer, blocking and asynchronous: all 17 operations."""

import inspect
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx
import pytest
import telnyx
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, CHALLENGE, VERIFIER, basic
from tests.support.api import Api, query_of
from tests.support.real_server import RealServer
from tests.support.server import API_KEY

Connect = Callable[..., Any]

PUBLIC: dict[str, Any] = {
    "name": "Example",
    "client_type": "public",
    "allowed_scopes": ["admin"],
    "allowed_grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": [CALLBACK],
}
CONFIDENTIAL = PUBLIC | {"client_type": "confidential", "allowed_grant_types": ["client_credentials"]}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "CUSTOM_HEADERS"):
        monkeypatch.delenv(f"TELNYX_{name}", raising=False)


@pytest.fixture(params=["blocking", "asynchronous"])
async def connect(request: pytest.FixtureRequest, real_server: RealServer) -> AsyncIterator[Connect]:
    """Makes SDK clients of one kind. `requests` notes what is sent, `http` configures the HTTP client under it."""
    opened: list[Any] = []

    def client(*, requests: list[httpx.Request] | None = None, http: dict[str, Any] | None = None, **more: Any) -> Any:
        noted = [] if requests is None else requests

        async def note(sent: httpx.Request) -> None:
            noted.append(sent)

        arguments: dict[str, Any] = {
            "api_key": API_KEY,
            "base_url": real_server.base_url,
            "_strict_response_validation": True,
        } | more
        if request.param == "blocking":
            under: Any = telnyx.DefaultHttpxClient(event_hooks={"request": [noted.append]}, **(http or {}))
            opened.append(telnyx.Telnyx(http_client=under, **arguments))
        else:
            under = telnyx.DefaultAsyncHttpxClient(event_hooks={"request": [note]}, **(http or {}))
            opened.append(telnyx.AsyncTelnyx(http_client=under, **arguments))
        return opened[-1]

    yield client
    for each in opened:
        await done(each.close())


@pytest.fixture
def sdk(connect: Connect) -> Any:
    return connect()


async def done(called: Any) -> Any:
    """What a call comes to, of either kind of client."""
    return await called if inspect.isawaitable(called) else called


async def all_of(listed: Any) -> list[Any]:
    """Every item of every page."""
    if hasattr(listed, "__aiter__"):
        return [each async for each in listed]
    return list(listed)


async def refused(kind: type[telnyx.APIStatusError], called: Callable[[], Any]) -> Any:
    """The error that a call fails with."""
    with pytest.raises(telnyx.APIStatusError) as raised:
        await done(called())
    assert type(raised.value) is kind
    return raised.value


def request_of(client_id: str, **changes: str) -> dict[str, str]:
    return {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "admin",
        "state": "af0ifjsldkj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes


async def consent_token_for(api: Api, client_id: str) -> str:
    answer = await api.http.get("/v2/oauth/authorize", params=request_of(client_id))
    return query_of(answer.headers["location"])["consent_token"]


async def code_for(sdk: Any, api: Api, client_id: str) -> str:
    decided = await done(sdk.oauth.grants(allowed=True, consent_token=await consent_token_for(api, client_id)))
    return query_of(decided.redirect_uri)["code"]


async def logged_in(sdk: Any, api: Api) -> tuple[str, Any]:
    """A public client's id, and the tokens that it got."""
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    code = await code_for(sdk, api, client_id)
    exchange = {"client_id": client_id, "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return client_id, await done(sdk.oauth.token(grant_type="authorization_code", **exchange))


@requirement("telnyx.discovery")
async def test_the_sdk_reads_both_metadata_documents_and_the_keys(sdk: Any, real_server: RealServer) -> None:
    server = await done(sdk.well_known.retrieve_authorization_server_metadata())
    assert server.issuer == real_server.origin
    assert server.token_endpoint == f"{real_server.base_url}/oauth/token"
    resource = await done(sdk.well_known.retrieve_protected_resource_metadata())
    assert resource.authorization_servers == [real_server.origin]
    (key,) = (await done(sdk.oauth.retrieve_jwks())).keys
    assert (key.kty, key.use, key.alg) == ("EC", "sig", "ES256")


@requirement("telnyx.register")
async def test_the_sdk_registers_clients(sdk: Any) -> None:
    bare = await done(sdk.oauth.register())
    assert bare.client_id
    assert bare.client_id_issued_at > 0
    full = await done(
        sdk.oauth.register(
            client_name="Example",
            redirect_uris=[CALLBACK],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope="admin",
            token_endpoint_auth_method="none",
            logo_uri="https://client.example/logo.png",
            tos_uri="https://client.example/terms",
            policy_uri="https://client.example/privacy",
        )
    )
    assert (full.client_name, full.redirect_uris, full.client_secret) == ("Example", [CALLBACK], None)
    error = await refused(telnyx.BadRequestError, lambda: sdk.oauth.register(redirect_uris=["javascript:x"]))
    assert list(error.body["invalid_fields"]) == ["redirect_uris"]


@requirement("telnyx.authorize-followed")
async def test_the_sdk_follows_authorize_to_a_page_of_ours(sdk: Any) -> None:
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    page = await done(sdk.oauth.retrieve_authorize(**request_of(client_id)))
    assert isinstance(page, str)
    assert page.lower().startswith("<!doctype html>")


@requirement("telnyx.authorize-without-cookies")
async def test_an_sdk_that_keeps_no_cookies_ends_on_a_page_too(connect: Connect, sdk: Any) -> None:
    forgetful = connect(http={"transport": transport_for(sdk, forgets_cookies=True)})
    client_id = (await done(forgetful.oauth_clients.create(**PUBLIC))).data.client_id
    page = await done(forgetful.oauth.retrieve_authorize(**request_of(client_id)))
    assert page.lower().startswith("<!doctype html>")


@requirement("telnyx.authorize-not-followed")
async def test_the_sdk_sees_where_authorize_leads_when_it_is_told_not_to_go_there(
    connect: Connect, real_server: RealServer
) -> None:
    sdk = connect(http={"follow_redirects": False})
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    error = await refused(telnyx.APIStatusError, lambda: sdk.oauth.retrieve_authorize(**request_of(client_id)))
    assert error.status_code == 302
    assert error.response.headers["location"].startswith(f"{real_server.origin}/consent?consent_token=")


@requirement("telnyx.authorize-errors")
async def test_what_authorize_refuses_is_html_in_the_sdks_own_classes(sdk: Any) -> None:
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    elsewhere = request_of(client_id, redirect_uri="https://evil.example/")
    for kind, asked in (
        (telnyx.NotFoundError, request_of("unheard-of")),
        (telnyx.UnprocessableEntityError, elsewhere),
        (telnyx.BadRequestError, request_of(client_id, state="x" * 2000)),
    ):
        error = await refused(kind, partial(sdk.oauth.retrieve_authorize, **asked))
        assert error.body.lower().startswith("<!doctype html>")


@requirement("telnyx.consent")
async def test_the_sdk_is_all_that_a_consent_page_needs(sdk: Any, api: Api) -> None:
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    consent_token = await consent_token_for(api, client_id)
    asked = (await done(sdk.oauth.retrieve(consent_token))).data
    assert (asked.client_id, asked.name, asked.redirect_uri) == (client_id, "Example", CALLBACK)
    assert (asked.requested_scopes[0].id, asked.verified, asked.logo_uri) == ("admin", False, None)
    denied = await done(sdk.oauth.grants(allowed=False, consent_token=consent_token))
    assert query_of(denied.redirect_uri)["error"] == "access_denied"
    for call in (lambda: sdk.oauth.retrieve("none"), lambda: sdk.oauth.grants(allowed=True, consent_token="none")):
        error = await refused(telnyx.UnprocessableEntityError, call)
        assert error.body["error"] == "invalid_request"


@requirement("telnyx.token")
async def test_the_sdk_gets_and_refreshes_tokens_and_introspects_them(sdk: Any, api: Api) -> None:
    client_id, tokens = await logged_in(sdk, api)
    assert (tokens.token_type, tokens.expires_in, tokens.scope) == ("Bearer", 1800, "admin")
    renewed = await done(
        sdk.oauth.token(grant_type="refresh_token", client_id=client_id, refresh_token=tokens.refresh_token)
    )
    assert renewed.refresh_token != tokens.refresh_token
    told = await done(sdk.oauth.introspect(token=renewed.access_token))
    assert (told.active, told.client_id, told.scope) == (True, client_id, "admin")
    assert isinstance(told.aud, str)
    assert not (await done(sdk.oauth.introspect(token="unheard-of"))).active


@requirement("telnyx.client-credentials")
async def test_the_sdk_gets_a_clients_own_token_by_body_and_by_basic(sdk: Any) -> None:
    client = (await done(sdk.oauth_clients.create(**CONFIDENTIAL))).data
    by_body = await done(
        sdk.oauth.token(
            grant_type="client_credentials",
            client_id=client.client_id,
            client_secret=client.client_secret,
            scope="admin",
        )
    )
    header = basic(client.client_id, client.client_secret)
    by_basic = await done(sdk.oauth.token(grant_type="client_credentials", extra_headers=header))
    assert by_body.refresh_token is None
    told = await done(sdk.oauth.introspect(token=by_basic.access_token, extra_headers=header))
    assert told.client_id == client.client_id


@requirement("telnyx.clients")
async def test_the_sdk_manages_clients(sdk: Any) -> None:
    made = (await done(sdk.oauth_clients.create(**CONFIDENTIAL, require_pkce=True))).data
    assert (made.record_type, made.name, made.require_pkce) == ("oauth_client", "Example", True)
    assert made.client_secret
    got = (await done(sdk.oauth_clients.retrieve(made.client_id))).data
    assert (got.client_id, got.client_secret) == (made.client_id, None)
    unchanged = (await done(sdk.oauth_clients.update(made.client_id))).data
    assert unchanged == got
    renamed = (await done(sdk.oauth_clients.update(made.client_id, name="Another", allowed_scopes=[]))).data
    assert (renamed.name, renamed.allowed_scopes, renamed.redirect_uris) == ("Another", [], [CALLBACK])
    assert await done(sdk.oauth_clients.delete(made.client_id)) is None
    await refused(telnyx.NotFoundError, lambda: sdk.oauth_clients.retrieve(made.client_id))


@requirement("telnyx.filters")
async def test_each_filter_of_the_sdk_finds_what_it_names(sdk: Any) -> None:
    name = f"Filtered {id(sdk)}"
    made = (await done(sdk.oauth_clients.create(**CONFIDENTIAL | {"name": name}))).data
    for found in (
        {"filter_name": name},
        {"filter_name_contains": name[1:].upper()},
        {"filter_name": name, "filter_name_contains": "iltered", "page_size": 1},
        {"filter_client_id": made.client_id},
        {"filter_name": name, "filter_client_type": "confidential", "filter_verified": False},
        {"filter_name": name, "filter_allowed_grant_types_contains": "client_credentials"},
    ):
        page = await done(sdk.oauth_clients.list(**found))
        assert [each.client_id for each in page.data] == [made.client_id], found
    for lacking in (
        {"filter_verified": True},
        {"filter_client_type": "public"},
        {"filter_allowed_grant_types_contains": "refresh_token"},
    ):
        page = await done(sdk.oauth_clients.list(filter_name=name, **lacking))
        assert page.data == []


@requirement("telnyx.auto-paging")
async def test_the_sdk_pages_through_45_clients_in_exactly_three_requests(connect: Connect) -> None:
    requests: list[httpx.Request] = []
    sdk = connect(requests=requests)
    name = f"Paged {id(sdk)}"
    made = [(await done(sdk.oauth_clients.create(**PUBLIC | {"name": name}))).data.client_id for _ in range(45)]
    requests.clear()
    listed = await all_of(sdk.oauth_clients.list(filter_name=name, page_size=20))
    assert sorted(each.client_id for each in listed) == sorted(made)
    assert [request.url.params["page[number]"] for request in requests[1:]] == ["2", "3"]
    assert len(requests) == 3

    page = await done(sdk.oauth_clients.list(filter_name=name, page_size=20, page_number=3))
    assert (len(page.data), page.has_next_page(), page.meta.total_results) == (5, False, 45)
    requests.clear()
    assert len(await all_of(sdk.oauth_clients.list(filter_name=name, page_size=45))) == 45
    assert len(requests) == 1


@requirement("telnyx.grants")
async def test_the_sdk_manages_grants(sdk: Any, api: Api) -> None:
    client_id, tokens = await logged_in(sdk, api)
    (grant,) = [each for each in await all_of(sdk.oauth_grants.list(page_size=1)) if each.client_id == client_id]
    assert (grant.record_type, grant.scopes) == ("oauth_grant", ["admin"])
    assert (await done(sdk.oauth_grants.retrieve(grant.id))).data == grant
    assert (await done(sdk.oauth_grants.delete(grant.id))).data == grant
    await refused(telnyx.NotFoundError, lambda: sdk.oauth_grants.retrieve(grant.id))
    assert not (await done(sdk.oauth.introspect(token=tokens.access_token))).active


@requirement("telnyx.error-classes")
async def test_every_refusal_is_the_error_class_that_it_should_be(connect: Connect, sdk: Any, api: Api) -> None:
    nobody, unknown = connect(api_key=None), connect(api_key="unheard-of")
    _, tokens = await logged_in(sdk, api)
    granted = connect(api_key=tokens.access_token)
    for kind, call in (
        (telnyx.BadRequestError, lambda: sdk.oauth.token(grant_type="authorization_code")),
        (telnyx.BadRequestError, lambda: sdk.oauth_clients.list(page_size=0)),
        (telnyx.AuthenticationError, lambda: sdk.oauth.token(grant_type="refresh_token", refresh_token="x")),
        (telnyx.AuthenticationError, lambda: unknown.oauth.introspect(token="x")),
        (telnyx.AuthenticationError, unknown.oauth_clients.list),
        (telnyx.AuthenticationError, nobody.oauth_grants.list),
        (telnyx.PermissionDeniedError, granted.oauth_clients.list),
        (telnyx.NotFoundError, lambda: sdk.oauth_clients.retrieve("unheard-of")),
        (telnyx.NotFoundError, lambda: sdk.oauth_grants.delete("unheard-of")),
        (telnyx.UnprocessableEntityError, lambda: sdk.oauth_clients.create(**PUBLIC | {"allowed_scopes": ["x"]})),
    ):
        error = await refused(kind, call)
        assert error.body["error"]
        assert error.body["error_description"]


@requirement("telnyx.retry-after-lost-answer")
async def test_a_refresh_whose_answer_is_lost_is_retried_by_the_sdk_and_goes_on(connect: Connect, api: Api) -> None:
    sdk = connect()
    client_id, tokens = await logged_in(sdk, api)
    requests: list[httpx.Request] = []
    losing = connect(requests=requests, http={"transport": transport_for(sdk, losing=1)})
    renewed = await done(
        losing.oauth.token(grant_type="refresh_token", client_id=client_id, refresh_token=tokens.refresh_token)
    )
    assert [request.headers["x-stainless-retry-count"] for request in requests] == ["0", "1"]
    again = await done(
        sdk.oauth.token(grant_type="refresh_token", client_id=client_id, refresh_token=renewed.refresh_token)
    )
    assert again.access_token


@requirement("telnyx.retry-of-consent")
async def test_a_decision_whose_answer_is_lost_is_retried_by_the_sdk_and_is_one_decision(
    connect: Connect, api: Api
) -> None:
    sdk = connect()
    client_id = (await done(sdk.oauth_clients.create(**PUBLIC))).data.client_id
    losing = connect(http={"transport": transport_for(sdk, losing=1)})
    consent_token = await consent_token_for(api, client_id)
    decided = await done(losing.oauth.grants(allowed=True, consent_token=consent_token))
    exchange = {"code": query_of(decided.redirect_uri)["code"], "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    assert await done(sdk.oauth.token(grant_type="authorization_code", client_id=client_id, **exchange))


class Network:
    """A network that delivers requests, and loses the first answers or every cookie."""

    def __init__(self, losing: int, forgets_cookies: bool) -> None:
        self._losing = losing
        self._forgets_cookies = forgets_cookies

    def passed_on(self, answer: httpx.Response) -> httpx.Response:
        if self._losing:
            self._losing -= 1
            raise httpx.ReadError("the answer was lost")
        if self._forgets_cookies:
            answer.headers.pop("set-cookie", None)
        return answer


class BlockingNetwork(Network, httpx.HTTPTransport):
    def __init__(self, **trouble: Any) -> None:
        httpx.HTTPTransport.__init__(self)
        Network.__init__(self, **trouble)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        return self.passed_on(answer)


class AsynchronousNetwork(Network, httpx.AsyncHTTPTransport):
    def __init__(self, **trouble: Any) -> None:
        httpx.AsyncHTTPTransport.__init__(self)
        Network.__init__(self, **trouble)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        return self.passed_on(answer)


def transport_for(sdk: Any, *, losing: int = 0, forgets_cookies: bool = False) -> Any:
    network = BlockingNetwork if isinstance(sdk, telnyx.Telnyx) else AsynchronousNetwork
    return network(losing=losing, forgets_cookies=forgets_cookies)


@requirement("telnyx.raw")
async def test_raw_answers_have_the_headers_that_the_sdk_looks_at(sdk: Any) -> None:
    raw = await done(sdk.oauth_clients.with_raw_response.list())
    assert raw.headers["content-type"] == "application/json"
    assert raw.headers["x-request-id"]
    assert (await done(raw.parse())).meta.page_number == 1


@requirement("telnyx.built-in-login")
def test_the_sdks_built_in_login_works_through_a_transport_that_leads_to_us(real_server: RealServer) -> None:
    with telnyx.Telnyx(api_key=API_KEY, base_url=real_server.base_url) as administrator:
        client = administrator.oauth_clients.create(**CONFIDENTIAL).data
    assert client is not None
    led: list[str] = []

    class LeadsToUs(httpx.BaseTransport):
        """The login's address is fixed in the SDK: whoever wants it elsewhere changes where it leads."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            led.append(str(request.url))
            return httpx.request(
                request.method,
                str(request.url).replace("https://api.telnyx.com", real_server.origin),
                content=request.read(),
                headers={name: value for name, value in request.headers.items() if name != "host"},
            )

    with telnyx.Telnyx(
        client_id=client.client_id,
        client_secret=client.client_secret or "",
        base_url=real_server.base_url,
        http_client=telnyx.DefaultHttpxClient(transport=LeadsToUs()),
        _strict_response_validation=True,
    ) as program:
        listed = program.oauth_clients.list(filter_client_id=client.client_id)
    assert [each.client_id for each in listed.data] == [client.client_id]
    assert led[0] == "https://api.telnyx.com/v2/oauth/token"
