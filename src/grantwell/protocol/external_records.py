"""What is remembered of people who sign in at another provider, and how it is looked up and changed."""

from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from grantwell.protocol.records import Organization, User


class ExternalIdentity(Struct, frozen=True, gc=False):
    """Somebody's identity at another provider, and the user of ours that it stands for. Its id follows from it."""

    identity_id: str
    issuer: str
    subject: str
    user_id: str
    org_id: str
    created_at: int


class ExternalFacts(Struct, frozen=True):
    """Whom an identity stands for; else who has its email address; and the organization for those who are new."""

    user: User | None = None
    by_email: User | None = None
    organization: Organization | None = None


class AddExternalIdentity(Struct, frozen=True):
    """Guarded by its id: an identity stands for one user."""

    identity: ExternalIdentity


class ExternalStore(Protocol):
    """The look-ups."""

    async def external_identity(self, identity_id: str, email: str, organization: str) -> ExternalFacts:
        """The facts about somebody from another provider; an empty address or name finds nothing."""


def identity_id(issuer: str, subject: str) -> str:
    """One key for issuer and subject, which only together name somebody (OpenID Connect Core, section 5.7)."""
    return sha256(f"{issuer}\n{subject}".encode()).hexdigest()
