"""The bodies of inspection: introspection (RFC 7662) for a person, who is also told why a token is dead."""

from msgspec import Struct

from grantwell.protocol.introspection import Introspection


class InspectionBody(Struct, frozen=True):
    """The token that is asked about."""

    token: str


class Inspection(Introspection, frozen=True, omit_defaults=True):
    """RFC 7662 section 2.2, and `reason`: a stable code that says why the token is not active."""

    reason: str = ""


def inactive(reason: str) -> Inspection:
    """What is told of a token that is not live."""
    return Inspection(active=False, reason=reason)
