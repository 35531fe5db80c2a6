"""Real servers on this computer's network, for a real browser: the one under test, and the sites of clients."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.support.server import Server

# The browser is told that every name under this one is this computer.
DOMAIN = "browser.test"


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate and its key, which nobody but a test would trust."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(directory: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"*.{DOMAIN}")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    made.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def listen() -> socket.socket:
    """A socket on a free port of this computer."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


@asynccontextmanager
async def serving(server: Server, listening: socket.socket, certificate: Certificate | None) -> AsyncIterator[None]:
    """The server under test behind a real port."""
    config = uvicorn.Config(
        server.app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        ssl_certfile=certificate.certificate if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    http = uvicorn.Server(config)
    task = asyncio.create_task(http.serve(sockets=[listening]))
    while not http.started:
        assert not task.done(), task.result()
        await asyncio.sleep(0)
    try:
        yield
    finally:
        http.should_exit = True
        await task


@dataclass
class ClientSite:
    """Somebody's site, which remembers what was asked for and sends everybody on to `onward`, if that is set."""

    origin: str
    onward: str = ""
    page: str = "<h1>This is the app</h1>"
    paths: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def callback(self) -> str:
        return f"{self.origin}/callback"

    async def answer_at_callback(self) -> dict[str, str]:
        """The parameters with which somebody comes back."""
        async with asyncio.timeout(20):
            await self.arrived.wait()
        (path,) = [path for path in self.paths if path.startswith("/callback")]
        return {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            # A browser opens connections ahead of need.
            writer.close()
            return
        path = head.split(b" ")[1].decode()
        self.paths.append(path)
        location = f"Location: {self.onward}\r\n" if self.onward else ""
        status = "302 Found" if self.onward else "200 OK"
        body = self.page.encode()
        writer.write(
            f"HTTP/1.1 {status}\r\n{location}Content-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        if path.startswith("/callback"):
            self.arrived.set()


@asynccontextmanager
async def client_site(
    name: str = "127.0.0.1", *, certificate: Certificate | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[ClientSite]:
    """A site under a name, on a free port; with a certificate over https."""
    site = ClientSite("")
    context = certificate.context() if certificate else None
    running = await asyncio.start_server(site._serve, address, 0, ssl=context)
    port = running.sockets[0].getsockname()[1]
    site.origin = f"{'https' if certificate else 'http'}://{name}:{port}"
    async with running:
        yield site
