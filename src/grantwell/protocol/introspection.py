"""The bodies of introspection (RFC 7662 sections 2.1 and 2.2)."""

from msgspec import Struct


class IntrospectionForm(Struct, frozen=True, omit_defaults=True):
    """The body. The hint is heard and not needed: the token's own form says what it is."""

    token: str
    token_type_hint: str = ""
    client_id: str = ""
    client_secret: str = ""


class Introspection(Struct, frozen=True, omit_defaults=True):
    """RFC 7662 section 2.2; whatever is not live is just `{"active": false}`."""

    active: bool
    scope: str = ""
    client_id: str = ""
    token_type: str = ""
    iss: str = ""
    aud: str = ""
    sub: str = ""
    iat: int = 0
    exp: int = 0
    jti: str = ""


INACTIVE = Introspection(active=False)
