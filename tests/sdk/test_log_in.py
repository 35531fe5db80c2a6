"""A person signs in to a program on their machine: over real sockets, with a browser that is a function."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
from tests.sdk.recording_server import Answer, Asked, RecordingServer, as_json

from grantwell.sdk import (
    AuthorizationDeniedError,
    AuthorizationRequest,
    CallbackError,
    Grantwell,
    InternalServerError,
    LoginError,
    LoopbackReceiver,
    MemoryStorage,
    StoredToken,
    log_in,
    log_out,
)
from grantwell.sdk.login.pkce import code_challenge


class LoginServer:
    """As much of an authorization server as a login meets. `answer` is what it sends the browser back with."""

    def __init__(self, server: RecordingServer) -> None:
        self.issuer = server.origin
        self.answer = f"code=abc&iss={quote(server.origin, safe='')}"
        self.authorized: dict[str, str] = {}
        self.exchanged: dict[str, str] = {}
        self.revoked: dict[str, str] = {}
        self.registrations = 0

    def __call__(self, asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2].replace("-", "_")
        answer: Answer = getattr(self, name)(asked)
        return answer

    def oauth_authorization_server(self, _: Asked) -> Answer:
        return as_json({"issuer": self.issuer, "authorization_response_iss_parameter_supported": True})

    def register(self, asked: Asked) -> Answer:
        self.registrations += 1
        self.registered = asked.json
        return as_json({"client_id": f"registered-{self.registrations}", "client_id_issued_at": 1}, 201)

    def authorize(self, asked: Asked) -> Answer:
        self.authorized = asked.query
        location = f"{asked.query['redirect_uri']}?{self.answer}&state={asked.query.get('state', '')}"
        return Answer(302, b"", {"location": location})

    def token(self, asked: Asked) -> Answer:
        self.exchanged = asked.form
        return as_json(
            {
                "access_token": "access-s3cret",
                "token_type": "Bearer",
                "expires_in": 60,
                "refresh_token": "refresh-s3cret",
            }
        )

    def revoke(self, asked: Asked) -> Answer:
        self.revoked = asked.form
        return Answer(200, b"")


class Browser:
    """Goes where it is sent, on a thread of its own, and remembers the page that it ends on."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.sent_to: list[str] = []

    def __call__(self, url: str) -> None:
        self.sent_to.append(url)
        self.page = self.pool.submit(httpx.get, url, follow_redirects=True)


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.pool.shutdown()


@pytest.fixture
def login_server(server: RecordingServer) -> LoginServer:
    server.behaviour = LoginServer(server)
    return server.behaviour


@pytest.fixture
def client(server: RecordingServer) -> Iterator[Grantwell]:
    with Grantwell(base_url=server.base_url, max_retries=0) as client:
        yield client


def test_a_person_signs_in_and_the_token_is_kept(
    client: Grantwell, server: RecordingServer, login_server: LoginServer, browser: Browser
) -> None:
    storage = MemoryStorage()
    token = log_in(
        client, storage, client_name="A tool", scope="admin", resource="https://api.test", open_browser=browser
    )
    assert storage.load() == token
    assert (token.access_token, token.refresh_token) == ("access-s3cret", "refresh-s3cret")
    assert (token.client_id, token.base_url, token.resource) == ("registered-1", server.base_url, "https://api.test")
    assert 55 <= token.expires_at - time.time() <= 60
    page = browser.page.result(30)
    assert page.status_code == 200
    assert "You can close this page" in page.text
    assert "abc" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_the_login_uses_a_public_client_a_loopback_address_and_pkce(
    client: Grantwell, login_server: LoginServer, browser: Browser
) -> None:
    log_in(client, MemoryStorage(), client_name="A tool", scope="admin", open_browser=browser)
    redirect_uri = login_server.authorized["redirect_uri"]
    assert urlsplit(redirect_uri).hostname == "127.0.0.1"
    assert login_server.registered == {
        "client_name": "A tool",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "admin",
        "token_endpoint_auth_method": "none",
    }
    assert login_server.exchanged["redirect_uri"] == redirect_uri
    assert code_challenge(login_server.exchanged["code_verifier"]) == login_server.authorized["code_challenge"]


def test_a_client_that_is_given_or_known_is_not_registered_again(
    client: Grantwell, login_server: LoginServer, browser: Browser
) -> None:
    storage = MemoryStorage()
    assert log_in(client, storage, client_id="given", open_browser=browser).client_id == "given"
    assert log_in(client, storage, open_browser=browser).client_id == "given"
    assert login_server.registrations == 0


@pytest.mark.parametrize("status", [404, 422])
def test_a_client_that_the_server_has_forgotten_is_registered_again(
    client: Grantwell, server: RecordingServer, login_server: LoginServer, browser: Browser, status: int
) -> None:
    storage = MemoryStorage()
    log_in(client, storage, client_id="forgotten", open_browser=browser)
    server.will(login_server.oauth_authorization_server(server.last), Answer(status, b"<p>no</p>"))
    assert log_in(client, storage, open_browser=browser).client_id == "registered-1"


def test_a_client_of_another_server_is_not_taken_for_one_of_this(
    client: Grantwell, login_server: LoginServer, browser: Browser
) -> None:
    other = StoredToken(access_token="a", expires_at=1, client_id="theirs", base_url="https://other.test/v2")
    assert log_in(client, MemoryStorage(other), open_browser=browser).client_id == "registered-1"


@pytest.mark.parametrize(
    ("answer", "error", "complaint"),
    [
        ("error=access_denied&iss={issuer}", AuthorizationDeniedError, "access_denied"),
        ("code=abc&iss=https%3A%2F%2Fevil.test", CallbackError, "is from https://evil.test"),
        ("code=abc", CallbackError, "does not say who it is from"),
        ("iss={issuer}", CallbackError, "neither a code nor an error"),
    ],
)
def test_an_answer_that_is_no_consent_keeps_nothing(
    client: Grantwell, login_server: LoginServer, browser: Browser, answer: str, error: type[LoginError], complaint: str
) -> None:
    login_server.answer = answer.format(issuer=quote(login_server.issuer, safe=""))
    storage = MemoryStorage()
    with pytest.raises(error, match=complaint):
        log_in(client, storage, open_browser=browser)
    assert storage.load() is None
    assert login_server.exchanged == {}


def test_a_person_who_never_comes_back_is_not_waited_for_forever(client: Grantwell, login_server: LoginServer) -> None:
    with pytest.raises(LoginError, match=r"nobody came back from the browser within 0\.05 s"):
        log_in(client, MemoryStorage(), open_browser=lambda _: None, timeout_seconds=0.05)


def test_where_there_is_no_browser_nobody_is_waited_for(client: Grantwell, login_server: LoginServer) -> None:
    with pytest.raises(LoginError, match="open_browser=print"):
        log_in(client, MemoryStorage(), open_browser=lambda _: False)


def answered(request: AuthorizationRequest, strangers: Callable[[str], None]) -> str:
    """What a receiver takes for the answer, when strangers call first and the browser comes then."""

    def come(url: str) -> None:
        query = dict(parse_qsl(urlsplit(url).query))
        strangers(query["redirect_uri"])
        assert httpx.get(f"{query['redirect_uri']}?code=right&state={query['state']}").status_code == 200

    with LoopbackReceiver() as receiver:
        asked = AuthorizationRequest(
            authorization_endpoint="http://auth.test/a",
            client_id="c",
            redirect_uri=receiver.redirect_uri,
            issuer="http://auth.test",
            state=request.state,
        )
        return receiver.ask(asked, open_browser=come)


REQUEST = AuthorizationRequest(authorization_endpoint="x", client_id="c", redirect_uri="x", issuer="x")


@pytest.mark.parametrize(
    ("query", "status"),
    [("/callback?code=forged&state=guessed", 400), ("/callback?code=forged", 400), ("/favicon.ico", 404), ("/", 404)],
)
def test_a_stranger_who_calls_first_neither_ends_nor_spoils_a_login(query: str, status: int) -> None:
    def call(redirect_uri: str) -> None:
        assert httpx.get(redirect_uri.removesuffix("/callback") + query).status_code == status

    assert "code=right" in answered(REQUEST, call)


def test_a_browser_that_opens_a_connection_and_says_nothing_does_not_hold_the_login_up() -> None:
    with ExitStack() as connections:

        def connect(redirect_uri: str) -> None:
            parts = urlsplit(redirect_uri)
            connections.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0)))

        assert "code=right" in answered(REQUEST, connect)


def test_only_reading_the_page_counts_as_coming_back() -> None:
    def post(redirect_uri: str) -> None:
        assert httpx.post(f"{redirect_uri}?code=forged&state={REQUEST.state}").status_code == 501

    assert "code=right" in answered(REQUEST, post)


def request_to(receiver: LoopbackReceiver) -> AuthorizationRequest:
    return replace(REQUEST, redirect_uri=receiver.redirect_uri, state=secrets.token_urlsafe())


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one() -> None:
    with LoopbackReceiver() as receiver:
        first, second = request_to(receiver), request_to(receiver)

        def come(request: AuthorizationRequest, code: str) -> int:
            return httpx.get(f"{receiver.redirect_uri}?code={code}&state={request.state}").status_code

        with pytest.raises(LoginError):
            receiver.ask(first, open_browser=lambda _: None, timeout_seconds=0.01)
        assert come(first, "late") == 400

        def late_and_right(_: str) -> None:
            assert (come(first, "later"), come(second, "right"), come(second, "again")) == (400, 200, 200)

        assert "code=right" in receiver.ask(second, open_browser=late_and_right)
        assert come(second, "after-the-end") == 400


def test_nobody_else_can_listen_where_the_answer_is_waited_for() -> None:
    with LoopbackReceiver() as receiver, socket.socket() as other:
        if hasattr(socket, "SO_REUSEPORT"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", urlsplit(receiver.redirect_uri).port))
        with pytest.raises(OSError, match="in use"):
            LoopbackReceiver(urlsplit(receiver.redirect_uri).port or 0)


def test_the_page_is_there_before_the_program_goes_on() -> None:
    with LoopbackReceiver() as receiver, socket.socket() as browser:
        request = request_to(receiver)

        def come(_: str) -> None:
            browser.connect(("127.0.0.1", urlsplit(receiver.redirect_uri).port))
            browser.sendall(f"GET /callback?code=c&state={request.state} HTTP/1.0\r\n\r\n".encode())

        receiver.ask(request, open_browser=come)
        browser.setblocking(False)
        assert b"Thank you" in browser.recv(65536)


def test_a_receiver_is_gone_when_the_login_is_over() -> None:
    with LoopbackReceiver() as receiver:
        assert httpx.get(receiver.redirect_uri).status_code == 400
    with pytest.raises(httpx.ConnectError):
        httpx.get(receiver.redirect_uri)
    assert not [thread for thread in threading.enumerate() if "serve_forever" in thread.name]


def test_leaving_ends_the_token_at_the_server_and_forgets_it(
    client: Grantwell, login_server: LoginServer, browser: Browser
) -> None:
    storage = MemoryStorage()
    log_in(client, storage, open_browser=browser)
    assert log_out(client, storage)
    assert login_server.revoked == {"token": "refresh-s3cret", "client_id": "registered-1"}
    assert storage.load() is None
    assert not log_out(client, storage)


def test_a_server_that_cannot_be_told_does_not_keep_one_signed_in(
    client: Grantwell, server: RecordingServer, login_server: LoginServer, browser: Browser
) -> None:
    storage = MemoryStorage()
    log_in(client, storage, open_browser=browser)
    server.behaviour = lambda _: as_json({}, 500)
    with pytest.raises(InternalServerError):
        log_out(client, storage)
    assert storage.load() is None


def test_a_token_of_another_server_is_neither_shown_to_this_one_nor_forgotten(
    client: Grantwell, server: RecordingServer
) -> None:
    other = StoredToken(access_token="a", expires_at=1, client_id="c", base_url="https://other.test/v2")
    storage = MemoryStorage(other)
    with pytest.raises(LoginError, match=r"from https://other\.test/v2"):
        log_out(client, storage)
    assert storage.load() == other
    assert server.asked == []
