"""What a registration asks for (RFC 7591 section 2), and what it may get.

Real clients send supersets: unknown fields are ignored, and of scopes, grant types and response types the part that
this server can give is given, and named in the answer. What cannot be narrowed is refused, each field with its reason.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from grantwell.protocol.client_metadata import (
    STRING,
    STRINGS,
    check_name,
    check_redirect_uris,
    check_type,
    check_uri,
)
from grantwell.protocol.errors import InvalidClientMetadata, InvalidRedirectURI, Problem
from grantwell.protocol.records import GRANT_TYPE_NAMES, ClientType
from grantwell.protocol.scope import TOLERATED

FIELDS = {
    "client_name": STRING,
    "redirect_uris": STRINGS,
    "grant_types": STRINGS,
    "response_types": STRINGS,
    "scope": STRING,
    "token_endpoint_auth_method": STRING,
    "logo_uri": STRING,
    "tos_uri": STRING,
    "policy_uri": STRING,
}
AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
UNNAMED = "Unnamed client"


class RegistrationForm(Struct, frozen=True, omit_defaults=True):
    """The body, as documented."""

    client_name: str = ""
    redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ()
    scope: str = ""
    token_endpoint_auth_method: str = ""
    logo_uri: str = ""
    tos_uri: str = ""
    policy_uri: str = ""


class Allowance(Struct, frozen=True):
    """What this registrant may have."""

    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]


def read_metadata(body: dict[str, Any]) -> dict[str, Any]:
    """The known fields that say something. Raises InvalidClientMetadata for one of the wrong type."""
    metadata = {name: body[name] for name in FIELDS if body.get(name) is not None}
    problems = [problem for name, value in metadata.items() for problem in check_type(name, value, FIELDS[name])]
    if problems:
        raise _refusal(problems)
    return metadata


def judge_metadata(metadata: dict[str, Any], allowance: Allowance) -> tuple[dict[str, Any], ClientType, str]:
    """The new client's fields, its type, and its authentication method. Raises InvalidClientMetadata."""
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    client_type: ClientType = "public" if method == "none" else "confidential"
    grant_types = tuple(metadata.get("grant_types", ("authorization_code",)))
    asked = tuple(scope for scope in dict.fromkeys(metadata.get("scope", "").split()) if scope != TOLERATED)
    fields = {
        "name": metadata.get("client_name", UNNAMED),
        "redirect_uris": tuple(metadata.get("redirect_uris", ())),
        "allowed_grant_types": tuple(
            name for name in GRANT_TYPE_NAMES if name in set(grant_types) & set(allowance.grant_types)
        ),
        "allowed_scopes": tuple(scope for scope in asked if scope in allowance.scopes) if asked else allowance.scopes,
        **{name: metadata[name] for name in ("logo_uri", "tos_uri", "policy_uri") if metadata.get(name)},
    }
    problems = list(_problems(metadata, fields, method, client_type))
    if problems:
        raise _refusal(problems)
    return fields, client_type, method


def _problems(
    metadata: dict[str, Any], fields: dict[str, Any], method: str, client_type: ClientType
) -> Iterable[Problem]:
    yield from check_name("client_name", fields["name"])
    yield from check_redirect_uris("redirect_uris", fields["redirect_uris"], client_type)
    if method not in AUTH_METHODS:
        yield Problem("token_endpoint_auth_method", f"must be one of {', '.join(AUTH_METHODS)}")
    if set(fields["allowed_grant_types"]) <= {"refresh_token"}:
        yield Problem("grant_types", "must name a grant type that this client may have, such as authorization_code")
    # Without the authorization endpoint there is nothing to respond to (RFC 7591 section 2.1).
    uses_codes = "authorization_code" in fields["allowed_grant_types"]
    if uses_codes and "code" not in metadata.get("response_types", ("code",)):
        yield Problem("response_types", "must contain code")
    if not fields["allowed_scopes"]:
        yield Problem("scope", "must name a scope that this client may have")
    for name in ("logo_uri", "tos_uri", "policy_uri"):
        if name in fields:
            yield from check_uri(name, fields[name])


def _refusal(problems: list[Problem]) -> InvalidClientMetadata | InvalidRedirectURI:
    # RFC 7591 3.2.2 has a code of its own where nothing but a redirect URI is wrong.
    only_uris = all(problem.field == "redirect_uris" for problem in problems)
    kind = InvalidRedirectURI if only_uris else InvalidClientMetadata
    words = f"{problems[0].field}: {problems[0].message}"
    return kind(words, reason="registration_invalid", problems=tuple(problems))
