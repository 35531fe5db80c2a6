"""Which Host values this server answers for (RFC 9110 section 7.4): a request for another one is not for it."""

from collections.abc import Callable
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


def host_check(issuer: str, further: tuple[str, ...]) -> Callable[[str], bool]:
    """The check for an issuer and further listed hosts. An issuer on loopback accepts every loopback name and port."""
    own = urlsplit(issuer)
    netloc = own.netloc.lower()
    default_port = ":443" if own.scheme == "https" else ":80"
    known = {host.lower() for host in further} | {netloc, netloc.removesuffix(default_port), netloc + default_port}
    names = LOOPBACK if own.hostname in ("127.0.0.1", "::1", "localhost") else ()

    def is_known(host: str) -> bool:
        host = host.lower()
        return host in known or (bool(names) and _without_port(host) in names)

    return is_known


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return name if port.isdigit() and port.isascii() else host
