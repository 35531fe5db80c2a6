"""When a person must be asked, and what an answer is still worth (RFC 9700 section 4.1, RFC 8252 section 8.6)."""

from hashlib import sha256

import msgspec

from grantwell.protocol.context import Caller, Context
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.records import Client, Consented, Grant
from grantwell.protocol.redirect_uri import matches_registered
from grantwell.protocol.scope import available_scopes
from grantwell.protocol.store import ConsentFacts


def metadata_digest(client: Client) -> str:
    """What a client says of itself, in short: consent does not outlive a change of it."""
    said = (client.name, client.client_type, client.redirect_uris, client.logo_uri, client.policy_uri, client.tos_uri)
    return sha256(msgspec.json.encode(said)).hexdigest()


def judge_again(request: ConsentRequest | None, facts: ConsentFacts, context: Context) -> tuple[ConsentRequest, Client]:
    """The request and its client, if the token can still be decided. Raises Unprocessable.

    Whatever held when the person was sent here is judged again, for the client may have changed meanwhile.
    """
    if request is None:
        raise Unprocessable("the consent token is not valid", reason="consent_token_invalid")
    client = facts.client
    if request.expires_at <= context.now:
        raise Unprocessable("the consent token has expired", reason="consent_token_expired")
    if client is None or not client.enabled:
        raise Unprocessable("the client does not exist any more", reason="consent_client_gone")
    if client.valid_after > request.issued_at or metadata_digest(client) != request.metadata_digest:
        raise Unprocessable("the client has changed; start again from it", reason="consent_client_changed")
    if not matches_registered(request.redirect_uri, client):
        raise Unprocessable("the redirect URI is not registered any more", reason="consent_redirect_uri_gone")
    available = available_scopes(client, context.server)
    if not set(request.scopes) <= set(available) or "authorization_code" not in client.allowed_grant_types:
        raise Unprocessable("the client may not ask for this any more", reason="consent_client_narrowed")
    return request, client


def may_skip_consent(request: ConsentRequest, client: Client, grant: Grant | None, caller: Caller) -> bool:
    """Whether a page need not ask again what the person has allowed before."""
    if request.prompt is not None and "consent" in request.prompt.split(" "):
        return False
    # A loopback or private-use URI proves nothing about who listens there.
    if not request.redirect_uri.startswith("https://"):
        return False
    if not client.verified and client.org_id != caller.org_id:
        return False
    return not new_scopes(request, grant)


def new_scopes(request: ConsentRequest, grant: Grant | None) -> tuple[str, ...]:
    """The scopes that the person has not yet allowed this client, as it now is, at this resource."""
    if grant is None:
        return request.scopes
    known = (
        consented.scopes
        for consented in grant.consented
        if consented.resource == request.resource and consented.metadata_digest == request.metadata_digest
    )
    allowed = {scope for scopes in known for scope in scopes}
    return tuple(scope for scope in request.scopes if scope not in allowed)


def widen(consented: tuple[Consented, ...], request: ConsentRequest) -> tuple[Consented, ...]:
    """What a grant holds after one more approval: one entry a resource, of the client as it now is."""
    others = tuple(entry for entry in consented if entry.resource != request.resource)
    before = tuple(
        scope
        for entry in consented
        if entry.resource == request.resource and entry.metadata_digest == request.metadata_digest
        for scope in entry.scopes
    )
    scopes = tuple(dict.fromkeys((*before, *request.scopes)))
    return (*others, Consented(request.resource, scopes, request.metadata_digest))
