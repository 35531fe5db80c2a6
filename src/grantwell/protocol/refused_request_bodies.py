"""The bodies of refused requests, as their clients' developers read them."""

from typing import Any

from msgspec import Struct

from grantwell.protocol.paging import PaginationMeta
from grantwell.protocol.redirect_difference import differences
from grantwell.protocol.redirect_uri import matches_registered
from grantwell.protocol.refusal_store import RefusalView
from grantwell.protocol.timestamps import rfc3339


class SentParameter(Struct, frozen=True):
    """A parameter as it was sent; what may be secret is masked."""

    name: str
    value: str


class RegisteredRedirectURI(Struct, frozen=True):
    """A registered redirect URI beside the sent one.

    `differs_at` is the index of the first character that differs, null where none does; `hints` say what differs.
    """

    uri: str
    differs_at: int | None
    hints: tuple[str, ...]


class RefusedRequestSummary(Struct, frozen=True, kw_only=True):
    """A refused request in a list. `operation` is `authorize` or `token`."""

    record_type: str = "refused_request"
    reference: str
    created_at: str
    operation: str
    client_id: str | None
    client_name: str | None
    error: str
    reason: str
    description: str


class RefusedRequestStory(RefusedRequestSummary, frozen=True, kw_only=True):
    """The whole story: what was sent, and what would have been right.

    `redirect_uri_registered` says whether what was sent is registered by now; null where no redirect URI was sent.
    """

    redirect_uri: str | None
    redirect_uri_registered: bool | None
    registered: tuple[RegisteredRedirectURI, ...]
    sent: tuple[SentParameter, ...]


class RefusedRequestResponse(Struct, frozen=True):
    """The envelope."""

    data: RefusedRequestStory


class RefusedRequestList(Struct, frozen=True):
    """One page."""

    data: tuple[RefusedRequestSummary, ...]
    meta: PaginationMeta


def summarize(view: RefusalView) -> RefusedRequestSummary:
    """How a refused request looks in a list."""
    return RefusedRequestSummary(**_summary(view))


def tell_story(view: RefusalView) -> RefusedRequestStory:
    """All that is kept of a refused request, beside what its client has registered now."""
    refused, client = view.refused, view.client
    uri, known = refused.redirect_uri, client.redirect_uris if client else ()
    beside = differences(uri, known) if uri is not None else ()
    return RefusedRequestStory(
        **_summary(view),
        redirect_uri=uri,
        redirect_uri_registered=None if uri is None or client is None else matches_registered(uri, client),
        registered=tuple(RegisteredRedirectURI(each.uri, each.at, each.hints) for each in beside),
        sent=tuple(SentParameter(name, value) for name, value in refused.sent),
    )


def _summary(view: RefusalView) -> dict[str, Any]:
    refused = view.refused
    return {
        "reference": refused.reference,
        "created_at": rfc3339(refused.at),
        "operation": refused.operation,
        "client_id": refused.client_id or None,
        "client_name": view.client.name if view.client else None,
        "error": refused.error,
        "reason": refused.reason,
        "description": refused.description,
    }
