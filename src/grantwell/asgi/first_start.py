"""The first start of an empty database: a signing key, an organization, its administrator, and an API key."""

from msgspec import Struct

from grantwell.asgi.background import Plans, rotate_if_due
from grantwell.protocol.accounts import account_events, new_api_key, new_organization, new_password, new_user
from grantwell.protocol.context import Context
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.store import Backend


class Administrator(Struct, frozen=True):
    """Whom to make; what is None is made up."""

    organization: str
    email: str
    password: str | None
    api_key: str | None

    def __repr__(self) -> str:
        """Name nothing that is secret."""
        return f"Administrator({self.organization!r}, {self.email!r})"


class Prepared(Struct, frozen=True):
    """What a first start has made up, to be told once; None where nothing was, or the operator gave it."""

    created_email: str | None = None
    created_password: str | None = None
    created_api_key: str | None = None


async def first_start(backend: Backend, context: Context, plans: Plans, administrator: Administrator) -> Prepared:
    """Make what an empty database lacks; one that has users gets at most a signing key."""
    await rotate_if_due(backend, context, plans)
    if not await backend.is_empty():
        return Prepared()
    password = administrator.password or new_password(context)
    organization = new_organization(administrator.organization, context, first=True)
    user = new_user(organization.organization, administrator.email, hash_password(password), "admin", context)
    key, secret = new_api_key(user.user, "bootstrap", context, key=administrator.api_key)
    changes = (organization, user, key)
    await backend.apply((*changes, *account_events(changes, context)))
    return Prepared(
        administrator.email,
        None if administrator.password else password,
        None if administrator.api_key else secret,
    )
