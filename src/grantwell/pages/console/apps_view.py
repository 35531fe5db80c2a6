"""What a page says of a connected app, made of what the server tells."""

from dataclasses import dataclass
from typing import Any

from grantwell.pages.consent_view import Link, initial_of, scope_in_words, web_links
from grantwell.pages.texts import Texts


@dataclass(frozen=True, slots=True)
class AllowedScope:
    """One thing that was allowed, in words."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class AppView:
    """One app. `standing` is `own` (of the person's organization), `verified` or `stranger`.

    `resources` are other APIs than this server itself. Times are RFC 3339; `last_used_at` is empty for never.
    """

    id: str
    client_id: str
    name: str
    initial: str
    standing: str
    scopes: tuple[AllowedScope, ...]
    resources: tuple[str, ...]
    links: tuple[Link, ...]
    created_at: str
    last_used_at: str
    offline_seconds: int


def view_of(app: dict[str, Any], issuer: str, t: Texts) -> AppView:
    """The view of one entry of the server's answer, in the language of `t`."""
    return AppView(
        app["id"],
        app["client_id"],
        app["name"],
        initial_of(app["name"]),
        "own" if app["first_party"] else "verified" if app["verified"] else "stranger",
        tuple(
            AllowedScope(*scope_in_words(scope["id"], scope["name"], scope["description"], t))
            for scope in app["scopes"]
        ),
        tuple(resource for resource in app["resources"] if resource.rstrip("/") != issuer),
        web_links(app["tos_uri"], app["policy_uri"]),
        app["created_at"],
        app["last_used_at"] or "",
        app["offline_seconds"],
    )
