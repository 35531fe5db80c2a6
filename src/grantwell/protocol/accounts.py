"""Making accounts, and changing them: organizations, users, API keys. Only an operator does; nobody signs up.

A user's id becomes a token's `sub`. Its prefix keeps it apart from client ids, which stand there for
`client_credentials` (RFC 9068 section 5: otherwise a client could name itself like a person).
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from grantwell.protocol.changes import AddApiKey, AddOrganization, AddUser, RecordEvent
from grantwell.protocol.context import Context
from grantwell.protocol.encoding import encode_base64url
from grantwell.protocol.generated_secret import API_KEY, hash_secret, new_secret
from grantwell.protocol.people_changes import ReplaceUser
from grantwell.protocol.records import CAPABILITIES, ApiKey, Organization, Role, User

PASSWORD_BYTES = 15
FIRST = "00000000"


def new_organization(name: str, context: Context, *, first: bool = False) -> AddOrganization:
    """An organization of that name. The `first` one runs the server, and comes before others of the same second."""
    identifier = f"{FIRST}{context.identifier()[len(FIRST) :]}" if first else context.identifier()
    return AddOrganization(Organization(f"org_{identifier}", name, context.now))


def new_user(
    organization: Organization, email: str, password_hash: str | None, role: Role, context: Context
) -> AddUser:
    """A user of an organization. Without a password nobody can sign in as that user, but API keys work."""
    return make_user(organization.org_id, email, password_hash, role, context)


def make_user(org_id: str, email: str, password_hash: str | None, role: Role, context: Context) -> AddUser:
    """The same, by the organization's id."""
    return AddUser(
        User(
            user_id=f"user_{context.identifier()}",
            org_id=org_id,
            email=email,
            password_hash=password_hash,
            role=role,
            enabled=True,
            valid_after=0,
            created_at=context.now,
        )
    )


def new_api_key(
    user: User,
    name: str,
    context: Context,
    *,
    key: str | None = None,
    capabilities: Sequence[str] = CAPABILITIES,
    expires_at: int | None = None,
) -> tuple[AddApiKey, str]:
    """An API key of a user, and its text, which is told once; `key` is one that the operator chose.

    `expires_at` is in epoch seconds; None is never.
    """
    secret = key or new_secret(API_KEY, context.entropy)
    row = ApiKey(
        api_key_id=f"key_{context.identifier()}",
        user_id=user.user_id,
        org_id=user.org_id,
        name=name,
        key_hash=hash_secret(secret),
        capabilities=tuple(capabilities),
        created_at=context.now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    return AddApiKey(row), secret


def change_user(
    user: User, kind: str, context: Context, *, actor: str = "", keeps_administrator: bool = False, **fields: Any
) -> tuple[ReplaceUser, RecordEvent]:
    """Another password or `enabled` for a user, which ends what was issued until now; API keys stay.

    `kind` is the event's, like `user.disabled`. With `keeps_administrator` the change is lost where it would take the
    last enabled administrator of an organization; only the operator goes without.
    """
    # What is issued within this very second counts as before: whoever changes a password may be racing with a thief.
    changed = replace(user, **fields, valid_after=max(context.now + 1, user.valid_after))
    event = context.record(kind, subject=user.user_id, org_id=user.org_id, actor=actor)
    return ReplaceUser(changed, user, keeps_administrator), event


def change_role(
    user: User, role: Role, context: Context, *, actor: str = "", keeps_administrator: bool = False
) -> tuple[ReplaceUser, RecordEvent]:
    """Another role for a user, at once: it is looked up at every call, so nothing has to end for it."""
    event = context.record("user.role_changed", subject=user.user_id, org_id=user.org_id, actor=actor, detail=role)
    return ReplaceUser(replace(user, role=role), user, keeps_administrator), event


def new_password(context: Context) -> str:
    """A password of 120 random bits in 20 characters, for a person to change or to keep."""
    return encode_base64url(context.entropy(PASSWORD_BYTES))


def account_events(
    changes: Sequence[AddOrganization | AddUser | AddApiKey], context: Context, *, actor: str = "cli"
) -> tuple[RecordEvent, ...]:
    """An event for each account that is made."""
    return tuple(_event(change, context, actor) for change in changes)


def _event(change: AddOrganization | AddUser | AddApiKey, context: Context, actor: str) -> RecordEvent:
    match change:
        case AddOrganization(organization):
            return context.record(
                "organization.created", subject=organization.org_id, org_id=organization.org_id, actor=actor
            )
        case AddUser(user):
            return context.record(
                "user.created", subject=user.user_id, org_id=user.org_id, actor=actor, detail=user.role
            )
        case AddApiKey(key):
            detail = " ".join(key.capabilities)
            return context.record(
                "api_key.created", subject=key.api_key_id, org_id=key.org_id, actor=actor, detail=detail
            )
