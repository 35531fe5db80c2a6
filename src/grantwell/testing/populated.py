"""Who takes part in a test: clients, people, and their API keys."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from grantwell.protocol.accounts import new_api_key
from grantwell.protocol.records import CAPABILITIES, Role
from grantwell.sdk.types import OAuthClient
from grantwell.testing.people import PASSWORD, Person, add_person
from grantwell.testing.running import RunningServer

CALLBACK = "https://client.example/callback"
LOOPBACK_CALLBACK = "http://127.0.0.1/callback"
GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token")


class PopulatedServer(RunningServer):
    """A running server, and who lives there."""

    def make_client(self, **fields: Any) -> OAuthClient:
        """A client: confidential, for every scope and grant type, unless told otherwise.

        Args:
            fields: those of `client.oauth_clients.create` in the SDK; a `client_type` of public leaves out
                `client_credentials`, and has a redirect URI on loopback.
        """
        public = fields.get("client_type") == "public"
        defaults = {
            "name": "A client",
            "client_type": "confidential",
            "allowed_scopes": [scope.id for scope in self.settings.scopes],
            "allowed_grant_types": [each for each in GRANT_TYPES if not (public and each == "client_credentials")],
            "redirect_uris": [LOOPBACK_CALLBACK if public else CALLBACK],
        }
        return self._sdk_of(None).oauth_clients.create(**{**defaults, **fields}).data

    @cached_property
    def default_client(self) -> OAuthClient:
        """A client as `make_client` makes it, for tests to which it does not matter which."""
        return self.make_client()

    _users_made = 0

    def make_user(
        self,
        email: str | None = None,
        *,
        organization: str | None = None,
        role: Role = "member",
        password: str = PASSWORD,
    ) -> Person:
        """A user with an API key, of the administrator's organization unless told otherwise.

        Args:
            email: `user1@example.com` and so on, if not said.
            organization: its name; one that is not there is made.
            role: `member` or `admin`.
            password: for the sign-in page.
        """
        context = self._app.driver.context("testing", "")
        where = organization or self.settings.bootstrap_organization
        self._users_made += 1
        person = add_person(
            self._app.backend,
            context,
            email=email or f"user{self._users_made}@example.com",
            organization=where,
            role=role,
            password=password,
        )
        return self._thread.run(person)

    def make_api_key(
        self,
        user: Person | None = None,
        *,
        capabilities: Sequence[str] = CAPABILITIES,
        expires_in: float | None = None,
    ) -> str:
        """An API key of a user.

        Args:
            user: whose.
            capabilities: of `clients`, `grants`, `consent`, `introspect`.
            expires_in: seconds, on the server's clock; never, if not said.
        """
        return self._thread.run(self._add_api_key(user or self.admin, capabilities, expires_in))

    async def _add_api_key(self, user: Person, capabilities: Sequence[str], expires_in: float | None) -> str:
        context = self._app.driver.context("testing", "")
        known = await self._app.backend.user_by_email(user.email)
        assert known is not None, f"{user.email} is not a user of this server"
        expires_at = None if expires_in is None else context.now + int(expires_in)
        added, secret = new_api_key(known, "testing", context, capabilities=capabilities, expires_at=expires_at)
        await self._app.backend.apply((added,))
        return secret
