"""What time brings, for dictionaries."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from grantwell.protocol.outcome import Use
from grantwell.protocol.records import Client
from grantwell.storage.dictionary_tables import Tables
from grantwell.storage.rows import kept_until


def expired(tables: Tables, table: str, before: int) -> dict[str, int]:
    """What clean-up may take of a table, with the time that each has passed."""
    return {key: at for key, at in _ends(tables, table).items() if at < before}


def _ends(tables: Tables, table: str) -> dict[str, int]:
    match table:
        case "lineages":
            return {key: kept_until(each) for key, each in tables.lineages.items()}
        case "consent_decisions":
            return {key: each.expires_at for key, each in tables.consent_decisions.items()}
        case "revoked_tokens":
            return tables.revoked_tokens
        case "sessions":
            return {key: each.expires_at for key, each in tables.sessions.items()}
        case "refused_requests":
            return {key: each.at for key, each in tables.refused_requests.items()}
        case "audit_events":
            return {key: each.at for key, each in tables.audit_events.items()}
        case "grants":
            used = {each.grant_id for each in tables.lineages.values()}
            revoked = {key: each.revoked_at for key, each in tables.grants.items() if key not in used}
            return {key: at for key, at in revoked.items() if at is not None}
        case "clients":
            return {key: each.created_at for key, each in tables.clients.items() if _never_wanted(tables, each)}
    raise ValueError(f"{table} is not cleaned up")


def _never_wanted(tables: Tables, client: Client) -> bool:
    """It registered itself, and nobody has ever authorized it."""
    granted = any(grant.client_id == client.client_id for grant in tables.grants.values())
    return client.origin == "registration" and client.authorized_at is None and not granted


def remove_leftovers(tables: Tables, limit: int) -> None:
    """Delete some of what one removed client has left, and forget one that has left nothing."""
    client_id = min(tables.removed_clients, default=None)
    left = [key for key, grant in tables.grants.items() if grant.client_id == client_id][:limit]
    for key in [key for key, each in tables.lineages.items() if each.grant_id in left][:limit]:
        del tables.lineages[key]
    used = {each.grant_id for each in tables.lineages.values()}
    tables.grants = {key: each for key, each in tables.grants.items() if key not in left or key in used}
    if client_id not in {each.client_id for each in tables.grants.values()}:
        tables.removed_clients.pop(client_id or "", None)


def note(tables: Tables, uses: Iterable[Use]) -> None:
    """Note last uses; a later time never gives way to an earlier one."""
    for use in uses:
        table = _used(tables, use.kind)
        if use.id in table:
            names = ("last_used_at", *_secret_uses(use, table[use.id]))
            later = {name: use.at for name in names if (getattr(table[use.id], name) or use.at) <= use.at}
            table[use.id] = replace(table[use.id], **later)


def _used(tables: Tables, kind: str) -> dict[str, Any]:
    match kind:
        case "api_key":
            return tables.api_keys
        case "session":
            return tables.sessions
        case "client" | "client_secret":
            return tables.clients
    raise ValueError(f"{kind} is no kind of use")


def _secret_uses(use: Use, client: Client) -> list[str]:
    """Where the last use of a secret is noted: nowhere, if another has taken its place."""
    if use.kind != "client_secret":
        return []
    names = ("secret", "older_secret")
    return [f"{name}_last_used_at" for name in names if getattr(client, f"{name}_hash") == use.secret_hash]
