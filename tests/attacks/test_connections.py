"""Oddities of HTTP/1.1 itself, over a socket: what no client library would send."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from tests.observability.scraping import free_address, read
from tests.requirements.marker import requirement
from tests.support.real_server import RealServer, serving
from tests.support.server import API_KEY
from uvicorn.server import ServerState

from grantwell.asgi import deadlines, strict_connection
from grantwell.asgi.connection import Connection

HOST = b"Host: 127.0.0.1\r\n"
CHUNKED = b"POST /v2/oauth/token HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
# More than a head may be, and than both ends of a socket hold.
ENDLESS = 64 * 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def port_of(server: RealServer) -> int:
    return int(server.origin.rpartition(":")[2])


def answer_to(server: RealServer, sent: bytes) -> bytes:
    """The beginning of what comes back."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as client:
        client.sendall(sent)
        return client.recv(65536)


def answers_to(server: RealServer, *sent: bytes) -> list[bytes]:
    """All that comes back until the server closes the connection, by answers."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as client:
        for each in sent:
            client.sendall(each)
        said = b"".join(iter(lambda: client.recv(65536), b""))
    return [b"HTTP/1.1 " + each for each in said.split(b"HTTP/1.1 ")[1:]]


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def is_cut_off(server: RealServer, begun: bytes, block: bytes) -> bool:
    """Whether whoever goes on and on is stopped."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as client:
        try:
            client.sendall(begun)
            for _ in range(ENDLESS // len(block)):
                client.sendall(block)
        except OSError:
            return True
    return False


def resident_mebibytes(server: RealServer) -> int:
    (line,) = [each for each in Path(f"/proc/{server.pid}/status").read_text().splitlines() if "VmRSS" in each]
    return int(line.split()[1]) // 1024


ENDLESS_HEADS = {
    "an address": (b"GET /", b"a" * 65536),
    "a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: ", b"a" * 65536),
    "headers": (b"GET / HTTP/1.1\r\n" + HOST, b"X: a\r\n" * 8192),
    "a trailer": (CHUNKED + b"0\r\nX: ", b"a" * 65536),
    "trailers": (CHUNKED + b"0\r\n", b"X: a\r\n" * 8192),
    "a chunk's extension": (CHUNKED + b"1;", b"a" * 65536),
}


@pytest.mark.parametrize("name", ENDLESS_HEADS)
@requirement("attacks.endless-head")
def test_what_never_ends_is_cut_off_before_it_fills_the_memory(server: RealServer, name: str) -> None:
    before = resident_mebibytes(server)
    assert is_cut_off(server, *ENDLESS_HEADS[name])
    assert resident_mebibytes(server) < before + 16
    assert status_of(answer_to(server, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")) == 200


@requirement("attacks.endless-head")
def test_whoever_sends_a_head_that_is_too_large_is_told_so(server: RealServer) -> None:
    too_large = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * (strict_connection.MAXIMUM_HEAD + 1)
    assert status_of(answer_to(server, too_large)) == 431


UNHEARD = {
    "garbage": (b"\0\0\r\n\r\n", 400, "http_malformed"),
    "TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\xab" * 160, 400, "http_malformed"),
    "a tunnel": (b"CONNECT a.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 400, "http_malformed"),
    "two lengths": (
        b"POST /v2/oauth/token HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
        "http_malformed",
    ),
    "a large head": (b"GET /?secret HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 70_000, 431, "head_too_large"),
}


def test_what_never_became_a_request_is_in_the_log_once_and_in_the_numbers(tmp_path: Path) -> None:
    metrics = free_address()
    with serving(tmp_path, GRANTWELL_METRICS_ADDRESS=metrics, GRANTWELL_LOG_FORMAT="json") as server:
        for sent, status, _ in UNHEARD.values():
            assert status_of(answer_to(server, sent)) == status
        counted = read(httpx.get(f"http://{metrics}/metrics").text)
    logged = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    told = [(line["status"], line["reason"]) for line in logged]
    assert told == [(status, reason) for _, status, reason in UNHEARD.values()]
    assert len({line["request_id"] for line in logged}) == len(UNHEARD)
    assert {(line["address"], line["method"], line["path"], line["operation"]) for line in logged} == {
        ("127.0.0.1", "-", "-", "")
    }
    for (status, reason), times in Counter(told).items():
        labels = {"operation": "none", "status": str(status), "reason": reason}
        assert counted.value("grantwell_requests_total", **labels) == times


@requirement("attacks.endless-head")
def test_many_requests_on_one_connection_are_not_taken_for_one_that_is_too_large(server: RealServer) -> None:
    with httpx.Client(base_url=server.origin, headers={"X": "a" * 20000}) as client:
        assert [client.get("/healthz").status_code for _ in range(8)] == [200] * 8


def with_trailer(head: bytes, trailer: bytes, body: bytes = b"") -> bytes:
    chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n" + trailer + b"\r\n\r\n"


@requirement("attacks.trailers")
def test_credentials_behind_a_body_are_none(server: RealServer) -> None:
    head = b"GET /v2/oauth_clients HTTP/1.1\r\n" + HOST
    bearer = b"Authorization: Bearer " + API_KEY.encode()
    assert status_of(answer_to(server, with_trailer(head, bearer))) == 401
    assert status_of(answer_to(server, head + bearer + b"\r\n\r\n")) == 200


@requirement("attacks.trailers")
def test_a_host_behind_a_body_is_none(server: RealServer) -> None:
    assert status_of(answer_to(server, with_trailer(b"GET /healthz HTTP/1.1\r\n", HOST.strip()))) == 421


@requirement("attacks.trailers")
def test_an_address_behind_a_body_is_nobodys(tmp_path: Path) -> None:
    head = (
        b"POST /v2/oauth/token HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"X-Forwarded-For: 192.0.2.1\r\n"
    )
    settings = {"GRANTWELL_TRUSTED_PROXIES": "127.0.0.1", "GRANTWELL_LOG_FORMAT": "json"}
    with serving(tmp_path, **settings) as server:
        answer = answer_to(server, with_trailer(head, b"X-Forwarded-For: 198.51.100.9", b"grant_type=x"))
    assert status_of(answer) == 400
    logged = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert [line["address"] for line in logged] == ["192.0.2.1"]


SMUGGLED = b"GET /v2/oauth_clients HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /v2/oauth/token HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
AMBIGUOUS = {
    "length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "a list of lengths": POST + b"Content-Length: 0, 0\r\n\r\n" + SMUGGLED,
    "a signed length": POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "a folded header": POST + b"X: a\r\n b\r\n\r\n" + SMUGGLED,
    "a bare line feed": POST.replace(b"\r\n", b"\n") + b"\n" + SMUGGLED,
    "a bare carriage return": POST + b"X: a\rb\r\n\r\n" + SMUGGLED,
    "a NUL": POST + b"X: a\0b\r\n\r\n" + SMUGGLED,
    "two hosts": POST + HOST + b"Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
@requirement("attacks.smuggling")
def test_what_two_readers_could_read_differently_is_refused(server: RealServer, name: str) -> None:
    assert [status_of(each) for each in answers_to(server, AMBIGUOUS[name])] == [400]


@requirement("attacks.smuggling")
def test_the_body_of_a_request_that_reads_none_is_no_second_request(server: RealServer) -> None:
    sent = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED
    answers = answers_to(server, sent, b"GET /readyz HTTP/1.0\r\n" + HOST + b"\r\n")
    assert [status_of(each) for each in answers] == [200, 200]


Answer = Callable[[Any, Any, Any], Any]


async def at_once(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def after_a_while(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.3)
    await at_once(scope, receive, send)


async def talk(app: Answer, *sent: bytes) -> bytes:
    """What comes back until the server closes the connection; whatever is sent later waits for an answer before."""
    config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None, timeout_keep_alive=60)
    state = ServerState()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1"
    )
    async with listening:
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        writer.write(sent[0])
        answered = b""
        for later in sent[1:]:
            answered += await reader.readuntil(b"\r\n\r\n")
            writer.write(later)
        answered += await asyncio.wait_for(reader.read(), 10)
        writer.close()
    return answered


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ([b""], b""),
        ([b"GET / HT"], b""),
        ([b"GET / HTTP/1.1\r\nHost: a\r\nX: "], b""),
        ([b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"], b"HTTP/1.1 204"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n"], b"HTTP/1.1 204"),
        ([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HT"], b"HTTP/1.1 204"),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "an empty line after an answer", "half a line after"],
)
@requirement("attacks.slow-request")
async def test_a_request_that_never_ends_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, sent: list[bytes], status: bytes
) -> None:
    monkeypatch.setattr(deadlines, "SECONDS_FOR_A_REQUEST", 0.05)
    assert (await talk(at_once, *sent)).startswith(status)


@requirement("attacks.slow-request")
async def test_an_answer_may_take_longer_than_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "SECONDS_FOR_A_REQUEST", 0.05)
    assert (await talk(after_a_while, b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")).startswith(b"HTTP/1.1 204")
