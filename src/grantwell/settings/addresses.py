"""Settings that are addresses: origins, pages, hosts, networks, resources.

Each reader answers with the value, or raises ValueError with words that go on after the setting's name.
"""

import re

from grantwell.protocol.redirect_uri import LOOPBACK_HOSTS, split
from grantwell.protocol.resource import is_resource
from grantwell.settings.lists import read_list

HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
PORT = re.compile(r":[0-9]{1,5}$")
VISIBLE = re.compile(r"[\x21-\x7e]+")
DEFAULT_PORTS = {"http": 80, "https": 443}


def read_origin(value: object) -> str:
    """A bare origin (RFC 8414 section 2, without path): https, or http on this machine."""
    parts = split(value) if isinstance(value, str) and VISIBLE.fullmatch(value) else None
    if parts is None or parts.scheme not in DEFAULT_PORTS or not HOST.fullmatch(_host(parts.hostname)):
        raise ValueError("must be an origin, as in https://auth.example.com")
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    bare = f"{parts.scheme}://{_host(parts.hostname)}{port}"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError(f"must use https, for it is not on this machine: https://{_host(parts.hostname)}{port}")
    if value != bare:
        raise ValueError(f"must be a bare origin, without path, query, user or trailing slash: {bare}")
    return bare


def _host(name: str | None) -> str:
    return f"[{name}]" if name and ":" in name else name or ""


def read_page(value: object) -> str:
    """The absolute address of a page: https, or http on this machine."""
    parts = split(value) if isinstance(value, str) and is_resource(value) else None
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be the absolute address of a page, as in https://example.com/consent")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("must use https, for it is not on this machine")
    return parts.geturl()


def read_listening(value: object) -> str:
    """An address of this machine, and a port."""
    text = value.lower() if isinstance(value, str) else ""
    port = PORT.search(text)
    if port is None or not HOST.fullmatch(text[: port.start()]) or not 1 <= int(port[0][1:]) <= 65535:
        raise ValueError("must be an address and a port, as in 127.0.0.1:9464")
    return text


def read_collector(value: object) -> str:
    """The absolute address of whoever collects traces. It holds no password: headers have a variable of their own."""
    parts = split(value) if isinstance(value, str) and is_resource(value) else None
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an absolute address, as in http://127.0.0.1:4318/v1/traces")
    return parts.geturl()


def read_hosts(value: object) -> tuple[str, ...]:
    """`Host` values: a name, or a name and a port."""
    hosts = tuple(host.lower() for host in read_list(value))
    for host in hosts:
        if not HOST.fullmatch(PORT.sub("", host)):
            raise ValueError("must be names of hosts, with or without a port, as in auth.internal:8000")
    return hosts


def read_networks(value: object) -> tuple[str, ...]:
    """Networks, in CIDR notation or as single addresses."""
    # Imported only where a proxy is trusted.
    from ipaddress import ip_network  # noqa: PLC0415 - see above

    try:
        return tuple(str(ip_network(network)) for network in read_list(value))
    except ValueError as error:
        raise ValueError(f"must be networks, as in 10.0.0.0/8: {error}") from None


def read_resource(value: object) -> str:
    """An absolute URI without fragment (RFC 8707 section 2)."""
    if not isinstance(value, str) or not is_resource(value):
        raise ValueError("must be an absolute URI without fragment (RFC 8707)")
    return value


def read_resources(value: object) -> tuple[str, ...]:
    """Absolute URIs without fragment (RFC 8707 section 2)."""
    return tuple(read_resource(item) for item in read_list(value))
