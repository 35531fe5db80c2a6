"""Calls through a proxy, and to a server whose certificate is a company's own."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.sdk.clients import HTTP_CLIENTS, Both
from tests.sdk.proxy import PASSWORD, Proxy, proxying
from tests.sdk.recording_server import RecordingServer, as_json

from grantwell.sdk import APIConnectionError
from grantwell.sdk.tls import tls_context

HOST = "auth.test"
BASE_URL = f"https://{HOST}/v2"


@pytest.fixture(autouse=True)
def no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the key and the certificate of a server that vouches for itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_server(server: RecordingServer, certificate: Path) -> RecordingServer:
    """The recording server, behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.listener.socket = context.wrap_socket(
        server.listener.socket, server_side=True, do_handshake_on_connect=False
    )
    server.behaviour = lambda _: as_json({"data": []})
    return server


@pytest.fixture
def proxy(tls_server: RecordingServer) -> Iterator[Proxy]:
    with proxying(("127.0.0.1", tls_server.listener.server_port)) as proxy:
        yield proxy


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The certificate is one that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.mark.usefixtures("trusted")
def test_tls_goes_through_the_proxy_of_the_environment(
    make: Callable[..., Both], tls_server: RecordingServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.address())
    both = make(base_url=BASE_URL)
    assert both.done(both.client.oauth_grants.list()).data == []
    # The proxy has looked the name up, and has seen no more of the call than that.
    assert proxy.asked == [f"{HOST}:443"]
    assert tls_server.last.target == "/v2/oauth_grants"
    assert "proxy-authorization" not in tls_server.last.headers


@pytest.mark.usefixtures("trusted")
def test_a_proxy_that_refuses_is_tried_again_and_its_password_is_in_no_error(
    make: Callable[..., Both],
    tls_server: RecordingServer,
    proxy: Proxy,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.address(password=f"not-{PASSWORD}"))
    both = make(base_url=BASE_URL)
    with pytest.raises(APIConnectionError, match="ProxyError: 407") as refused:
        both.done(both.client.oauth_grants.list())
    assert PASSWORD not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert (len(proxy.asked), len(pauses), tls_server.asked) == (3, 2, [])


def test_a_certificate_that_nobody_vouches_for_ends_a_call_before_it_says_anything(
    make: Callable[..., Both],
    tls_server: RecordingServer,
    proxy: Proxy,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.address())
    both = make(base_url=BASE_URL)
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        both.done(both.client.oauth_grants.list(max_retries=0))
    assert tls_server.asked == []


def test_what_is_nearby_needs_no_proxy(
    make: Callable[..., Both], server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will(as_json({"data": []}))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    both = make()
    assert both.done(both.client.oauth_grants.list()).data == []


def test_a_proxy_is_used_where_the_http_client_has_one(
    make: Callable[..., Both], server: RecordingServer, kind: str
) -> None:
    server.will(as_json({"data": []}))
    http_client = HTTP_CLIENTS[kind](proxy=server.origin)
    both = make(base_url=f"http://{HOST}/v2", http_client=http_client)
    both.done(both.client.oauth_grants.list())
    assert server.last.target == f"http://{HOST}/v2/oauth_grants"
    both.done(both.client.close())
    assert not http_client.is_closed
    if isinstance(http_client, httpx.Client):
        http_client.close()
    else:
        both.done(http_client.aclose())
