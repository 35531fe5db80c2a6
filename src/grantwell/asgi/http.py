"""The pieces of HTTP that the edge needs: ASGI's types, headers, bodies and addresses."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from grantwell.protocol.errors import BodyTooLarge, InvalidRequest

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MAXIMUM_BODY = 64 * 1024
# Of these two readers could each believe another one.
ONLY_ONCE = (b"authorization", b"content-length", b"content-type", b"host")
FORWARDED = b"x-forwarded-for"


def single_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers by name. Raises InvalidRequest where one that decides something is given twice."""
    found = dict(headers)
    if len(found) != len(headers):
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in ONLY_ONCE):
            raise InvalidRequest("a header is given more than once", reason="repeated_header")
        # Proxies that write a line each have written one list (RFC 9110 section 5.3).
        found[FORWARDED] = b",".join(value for name, value in headers if name == FORWARDED)
    return found


@lru_cache(maxsize=16)
def media_type(content_type: bytes) -> str:
    """The media type of a Content-Type header: without its parameters, in lower case."""
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


async def whole_body(body: bytes | Receive, headers: dict[bytes, bytes]) -> bytes:
    """The body, here or yet to come. Raises BodyTooLarge above 64 KiB, reading no further; InvalidRequest for half."""
    if isinstance(body, bytes) and len(body) <= MAXIMUM_BODY:
        return body
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > MAXIMUM_BODY:
        raise _too_large()
    content = body if isinstance(body, bytes) else await _received(body)
    if len(content) > MAXIMUM_BODY:
        raise _too_large()
    return content


async def _received(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= MAXIMUM_BODY:
        message = await receive()
        body += message.get("body", b"")
    # Half a form can read like a whole one, and whoever sent it is not there to hear what became of it.
    if message["type"] == "http.disconnect":
        raise InvalidRequest("the body ended too early", reason="body_incomplete")
    return body


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {MAXIMUM_BODY} bytes", reason="body_too_large")


def client_address(client: tuple[str, int] | None, headers: dict[bytes, bytes], proxies: tuple[str, ...]) -> str:
    """The network address of who is calling, seen through listed proxies only (RFC 7239 section 8.1)."""
    address = client[0] if client else ""
    if not proxies:
        return address
    hops = headers.get(FORWARDED, b"").decode("latin-1").split(",")
    # From the nearest hop outwards: whatever stands before the first stranger, the stranger may have written.
    while hops and hops[-1].strip() and is_listed(address, proxies):
        address = hops.pop().strip()
    return address[:64]


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Whom an address is counted as: of IPv6 the 64 bits that one subscriber gets whole (RFC 4291 section 2.5.4)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


@lru_cache(maxsize=1024)
def is_listed(address: str, proxies: tuple[str, ...]) -> bool:
    """Whether an address is in one of these networks."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(proxy, strict=False) for proxy in proxies)
