"""What a token must say to be good for one API: whose it is, for whom, until when, and what for. Plain values."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from grantwell.protocol.resource import is_resource, same_resource
from grantwell.resource.access_token import AccessToken, Claims

# Not scopes of an API: asked for to get a refresh token, or to learn who a person is.
NOT_OURS = "offline_access"
UNPRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


@dataclass(frozen=True, slots=True)
class Rules:
    """One API's. `audiences` are all spellings of what it may be called; `leeway_seconds` allows for clocks' errors."""

    issuer: str
    resource: str
    audiences: frozenset[str]
    implied_scopes: Mapping[str, Collection[str]] = field(default_factory=dict)
    leeway_seconds: float = 30


def spellings(resources: Iterable[str]) -> frozenset[str]:
    """Every spelling of these resources: a slash at the end does not count, just as at the server.

    Raises ValueError for what is no resource identifier (RFC 8707 section 2).
    """
    found: set[str] = set()
    for resource in resources:
        if not is_resource(resource):
            raise ValueError(f"a resource must be an absolute URI without fragment, and is {resource!r}")
        bare = resource.removesuffix("/")
        found.update(each for each in (resource, bare, f"{bare}/") if same_resource(each, resource))
    return frozenset(found)


def refuse_claims(claims: Claims, rules: Rules) -> str | None:
    """Why a genuine token is not for this API, as a reason code; None if it is. Holds for all of the token's life."""
    if claims.iss != rules.issuer:
        return "token_wrong_issuer"
    if rules.audiences.isdisjoint((claims.aud,) if isinstance(claims.aud, str) else claims.aud):
        return "token_wrong_audience"
    # Whoever has stolen a token that is bound to a key must not get by as if it were not (RFC 9449, RFC 8705).
    if claims.cnf is not None:
        return "token_bound"
    return None


def refuse_times(token: AccessToken, now: float, leeway_seconds: float) -> str | None:
    """Why a token is not good at this moment, as a reason code; None if it is."""
    if token.expires_at is not None and token.expires_at + leeway_seconds <= now:
        return "token_expired"
    if token.not_before - leeway_seconds > now:
        return "token_not_yet_valid"
    return None


def words_for(reason: str, claims: Claims, rules: Rules) -> str:
    """Words for a refusal where the general ones leave a developer guessing; empty where they do not."""
    if reason == "token_wrong_audience":
        said = claims.aud if isinstance(claims.aud, str) else ", ".join(claims.aud)
        return f"the access token is for {UNPRINTABLE.sub('?', said)[:200] or 'no API'}, and this is {rules.resource}"
    if reason == "token_wrong_issuer":
        return f"the access token is from {UNPRINTABLE.sub('?', claims.iss)[:200] or 'nobody'}, not {rules.issuer}"
    return ""


def with_implied(scopes: Iterable[str], implied: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The scopes, and all that they imply."""
    found: set[str] = set()
    waiting = [scope for scope in scopes if scope]
    while waiting:
        scope = waiting.pop()
        if scope not in found:
            found.add(scope)
            waiting += implied.get(scope, ())
    return frozenset(found)


def askable(scopes: Iterable[str]) -> tuple[str, ...]:
    """Scopes as an API names them to clients, each once: never `offline_access`, which is not the API's to ask for."""
    return tuple(scope for scope in dict.fromkeys(scopes) if scope != NOT_OURS)
