"""The external login, joined to the pages where the settings ask for it. Otherwise nothing of it is imported."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from grantwell.protocol.context import Server
from grantwell.protocol.external_identity import Identity, seal_identity
from grantwell.settings import Settings, SettingsError
from grantwell.settings.sources import variable_name

if TYPE_CHECKING:
    from grantwell.pages.external_login import ExternalLogin


def check_external_login(settings: Settings) -> None:
    """Raises SettingsError where the packages for it are missing."""
    if settings.login_issuer is None:
        return
    try:
        import authlib  # noqa: F401, PLC0415 - only where it is asked for
    except ImportError as error:
        problem = f'{variable_name("login_issuer")} needs Authlib ({error.name}): pip install "grantwell[login]"'
        raise SettingsError([problem]) from None


def external_login_of(settings: Settings, server: Server, clock: Callable[[], float]) -> "ExternalLogin | None":
    """What the pages need of it. With `vouch` they turn what they have verified into what the operation believes."""
    if settings.login_issuer is None:
        return None
    from grantwell.pages.external_login import CALLBACK, ExternalLogin, ProviderSettings  # noqa: PLC0415 - see Later
    from grantwell.pages.external_provider import OpenIDProvider  # noqa: PLC0415 - only where it is asked for

    def vouch(issuer: str, subject: str, email: str, verified: bool) -> str:
        identity = Identity(issuer, subject, email, verified, int(clock()))
        return seal_identity(identity, server.secrets.identities)

    client = ProviderSettings(
        settings.login_issuer,
        settings.login_client_id or "",
        settings.login_client_secret or "",
        settings.login_scopes,
        f"{settings.issuer}{CALLBACK}",
    )
    return ExternalLogin(settings.login_name, settings.login_issuer, OpenIDProvider(client), vouch)
