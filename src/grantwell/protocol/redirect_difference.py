"""Where a redirect URI that was sent differs from one that is registered, and what that is most likely about.

Redirect URIs are compared exactly (RFC 9700 section 4.1.3), so a slash is enough; here a developer is told which one.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, unquote

from msgspec import Struct

from grantwell.protocol.redirect_uri import LOOPBACK_HOSTS, split


class Difference(Struct, frozen=True):
    """One registered URI beside the sent one.

    `at` is the index of the first character that differs, in either; None if none does. `hints` say what differs:
    `case`, `scheme`, `loopback_name`, `host`, `port`, `trailing_slash`, `path`, `percent_encoding`, `query`,
    `fragment`, `blank`.
    """

    uri: str
    at: int | None
    hints: tuple[str, ...]


def differences(sent: str, registered: Sequence[str]) -> tuple[Difference, ...]:
    """The sent URI beside every registered one, the most similar first."""
    found = [difference(sent, uri) for uri in registered]
    # The fewer things differ the better, and the later the first of them.
    return tuple(sorted(found, key=lambda each: (len(each.hints), -(each.at if each.at is not None else len(sent)))))


def difference(sent: str, registered: str) -> Difference:
    """Where the two differ, and in what."""
    if sent == registered:
        return Difference(registered, None, ())
    at = next((n for n, (one, other) in enumerate(zip(sent, registered, strict=False)) if one != other), None)
    return Difference(registered, min(len(sent), len(registered)) if at is None else at, _hints(sent, registered))


def _hints(sent: str, registered: str) -> tuple[str, ...]:
    if sent.strip() == registered:
        return ("blank",)
    if sent.lower() == registered.lower():
        return ("case",)
    one, other = split(sent), split(registered)
    if one is None or other is None:
        return ()
    hints = [*_address(one, other), *_path(one.path, other.path)]
    if one.query != other.query:
        hints.append("query")
    if one.fragment != other.fragment:
        hints.append("fragment")
    return tuple(hints)


def _address(one: SplitResult, other: SplitResult) -> list[str]:
    hints = []
    if one.scheme != other.scheme:
        hints.append("scheme")
    hosts = (one.hostname or "", other.hostname or "")
    if hosts[0] != hosts[1]:
        both_here = all(host in LOOPBACK_HOSTS for host in hosts)
        hints.append("loopback_name" if both_here else "host")
    if one.port != other.port:
        hints.append("port")
    return hints


def _path(one: str, other: str) -> list[str]:
    bare, other_bare = one.rstrip("/"), other.rstrip("/")
    hints = ["trailing_slash"] if one[len(bare) :] != other[len(other_bare) :] else []
    if bare == other_bare:
        return hints
    if bare.lower() == other_bare.lower():
        return [*hints, "case"]
    return [*hints, "percent_encoding" if unquote(bare) == unquote(other_bare) else "path"]
