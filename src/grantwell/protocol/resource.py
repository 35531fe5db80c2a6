"""Resource indicators (RFC 8707): which API a token is for.

A trailing slash does not tell two resources apart. Where one is declared (the default resource, or a restricted set),
the token's audience is spelled as declared; else as the client asked, since that is what its resource server expects.
"""

from urllib.parse import urlsplit

from grantwell.protocol.context import Server
from grantwell.protocol.errors import InvalidTarget

MAXIMUM_LENGTH = 1024


def is_resource(uri: str) -> bool:
    """An absolute URI without a fragment (RFC 8707 section 2), in characters that an error text may repeat."""
    if len(uri) > MAXIMUM_LENGTH or any(not "\x21" <= char <= "\x7e" or char in '"\\<>' for char in uri):
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and "#" not in uri


def same_resource(one: str, other: str) -> bool:
    """Whether two URIs name the same resource; one slash at the end of the path does not count."""
    return one == other or ("?" not in one and one.removesuffix("/") == other.removesuffix("/"))


def choose_resource(asked: str | None, server: Server) -> str:
    """The resource of a first request: the one asked for, else the default. Raises InvalidTarget."""
    if not asked:
        return server.default_resource
    if not is_resource(asked):
        raise InvalidTarget("resource must be an absolute URI without fragment", reason="resource_malformed")
    for declared in (server.default_resource, server.issuer, *server.resources):
        if same_resource(asked, declared):
            return declared
    if server.resources:
        known = ", ".join(server.resources)
        raise InvalidTarget(f"resource {asked} is not one of {known}", reason="resource_unknown")
    return asked


def repeat_resource(asked: str | None, approved: str) -> str:
    """The resource of a later request, which may only repeat the first one. Raises InvalidTarget."""
    if asked and not is_resource(asked):
        raise InvalidTarget("resource must be an absolute URI without fragment", reason="resource_malformed")
    if asked and not same_resource(asked, approved):
        raise InvalidTarget(f"resource {asked} is not the approved {approved}", reason="resource_mismatch")
    return approved
