"""Redirect URIs (RFC 6749 section 3.1.2, RFC 8252 section 7): which may be registered, and when one matches."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from grantwell.protocol.records import Client

MAXIMUM_LENGTH = 2048
LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
# Schemes that browsers or systems act upon by themselves: a code sent there runs, opens or leaks. `localhost` is the
# scheme of `localhost:8080/callback`, whose owner forgot the `http://`.
_DENIED = """
    about blob chrome chrome-extension content data dict feed file filesystem ftp ftps geo gopher hcp intent jar
    javascript ldap ldaps livescript localhost mailto mhtml mk mms mocha moz-extension ms-its ms-msdt ms-officecmd
    ms-settings nfs res resource rtsp search search-ms sftp shell sip sips sms smsto smb ssh tel telnet urn vbscript
    view-source vnc ws wss wyciwyg
"""
DENIED_SCHEMES = frozenset(_DENIED.split())
RESERVED_PARAMETERS = frozenset({"code", "state", "error", "error_description", "error_uri", "iss"})
_BRACKETED = re.compile(r"(?:[^@]*@)?\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
_SCHEME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")


def refuse_redirect_uri(uri: str, client_type: str) -> str | None:
    """Why a redirect URI may not be registered, in words for its owner; None if it may."""
    if len(uri) > MAXIMUM_LENGTH:
        return f"must be at most {MAXIMUM_LENGTH} characters"
    # Before any parsing: parsers disagree about these, and disagreement is what an attacker needs.
    if any(not "\x21" <= char <= "\x7e" or char in '"<>\\^`{|}*' for char in uri):
        return "must consist of printable ASCII URI characters, without wildcards"
    parts = split(uri)
    if parts is None or not parts.scheme:
        return "must be an absolute URI"
    if "#" in uri:
        return "must not have a fragment"
    if parts.scheme in ("http", "https"):
        return _refuse_web(parts) or _refuse_query(parts)
    return _refuse_private_use(parts, client_type) or _refuse_query(parts)


def _refuse_web(parts: SplitResult) -> str | None:
    if not parts.hostname:
        return "must name a host"
    if "@" in parts.netloc:
        return "must not contain user information"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        return "must use https, or http with 127.0.0.1, [::1] or localhost"
    if any(segment in (".", "..") for segment in parts.path.lower().replace("%2e", ".").split("/")):
        return "must not contain dot segments"
    return None


def _refuse_private_use(parts: SplitResult, client_type: str) -> str | None:
    if parts.scheme in DENIED_SCHEMES or not _SCHEME_CHARACTERS.issuperset(parts.scheme):
        return "must not use this scheme"
    if client_type != "public":
        return "private-use schemes are for public clients only"
    if "@" in parts.netloc:
        return "must not contain user information"
    return None


def _refuse_query(parts: SplitResult) -> str | None:
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if names & RESERVED_PARAMETERS:
        return "must not use code, state, error or iss as a query parameter"
    return None


def split(uri: str) -> SplitResult | None:
    """Parse a URI; None if it cannot be one."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    # The parser overlooks what stands between a bracket and the port, as in `[::1].evil.example`.
    if "[" in parts.netloc and not _BRACKETED.fullmatch(parts.netloc):
        return None
    return parts


def is_loopback(uri: str) -> bool:
    """Whether a URI leads to the person's own machine (RFC 8252 section 7.3)."""
    parts = split(uri)
    return parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def matches_registered(uri: str, client: Client) -> bool:
    """Whether a requested URI is registered: exactly, or for public clients at any loopback port (RFC 8252 7.3)."""
    if uri in client.redirect_uris:
        return True
    if client.client_type != "public" or refuse_redirect_uri(uri, client.client_type) is not None:
        return False
    asked = _without_loopback_port(uri)
    return asked is not None and any(asked == _without_loopback_port(known) for known in client.redirect_uris)


def _without_loopback_port(uri: str) -> tuple[str, str] | None:
    parts = split(uri)
    if parts is None or not is_loopback(uri) or "@" in parts.netloc:
        return None
    # What follows the port is compared as written: an empty path is not a slash, nor an empty query none.
    return parts.hostname or "", uri.partition(parts.netloc)[2]


def with_parameters(uri: str, parameters: Mapping[str, str | None]) -> str:
    """Add query parameters to a redirect URI, keeping those it has (RFC 6749 section 4.1.2). None leaves one out."""
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
