"""What was decided: a reply for the caller, and changes for the store."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.changes import Change


class Use(Struct, frozen=True, gc=False):
    """A credential was used. Uses are gathered in memory and written in batches.

    `kind` is `client_secret`, `client`, `api_key` or `session`. `secret_hash` says which of a client's two secrets was
    used: what was the newest one may have become the older by the time that the use is written down. `noted_at` is the
    last use that is on record already, unless it matters to somebody that this one is noted soon. Epoch seconds.
    """

    kind: str
    id: str
    at: int
    secret_hash: str = ""
    noted_at: int | None = None


class Reply(Struct, frozen=True):
    """What goes back on the wire: a status, a body (a Struct or mapping for JSON, bytes as they are), headers."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class ConsentRequest(Struct, frozen=True):
    """What a consent token carries: the whole authorization request, so that asking writes nothing."""

    consent_id: str
    client_id: str
    metadata_digest: str
    redirect_uri: str
    scopes: tuple[str, ...]
    resource: str
    state: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    prompt: str | None
    issued_at: int
    expires_at: int


Unsealed = AccessTokenClaims | ConsentRequest


class Outcome(Struct, frozen=True):
    """One decision.

    Where something must be signed or encrypted first, `unsealed` holds it and `reply` makes the reply of the sealed
    string; so a signing failure consumes nothing. `reason` says why, if the reply is a refusal; `uses` names the
    credentials that were used, `grant_type` is that of a token that is issued; `changes_keys` says that the signing
    keys are others afterwards, so that the server need not wait until it reads them again.
    """

    reply: Reply | Callable[[str], Reply]
    changes: tuple[Change, ...] = ()
    unsealed: Unsealed | None = None
    uses: tuple[Use, ...] = ()
    reason: str = ""
    client_id: str = ""
    grant_type: str = ""
    changes_keys: bool = False
