"""`GrantwellServer`: a running server, and in one line each what a test needs of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from grantwell.sdk.login.authorization_request import AuthorizationRequest
from grantwell.sdk.types import OAuthClient, OAuthTokenResponse
from grantwell.testing.consent import decide, visit
from grantwell.testing.people import Person
from grantwell.testing.populated import CALLBACK, PopulatedServer
from grantwell.testing.upkeep import rotate_signing_key, run_jobs


class GrantwellServer(PopulatedServer):
    """The real server in this process, with one-line helpers. See `RunningServer` for arguments and attributes.

    The helpers block, for a millisecond or a few, in asynchronous tests, too. They meet no fault, and neither
    `requests` nor `events` tell of them. Where they take a `user`, it is the administrator if not said, and where they
    take a `client`, it is `default_client`. What the server refuses them is an `APIError` of the SDK.
    """

    def consent(self, authorization_url: str, *, user: Person | None = None, allowed: bool = True) -> str:
        """Where a person's browser ends: the program's redirect URI, with a code, or with the error, in its query.

        Args:
            authorization_url: where the program under test sends the person.
            user: who that is.
            allowed: what they decide.

        Raises:
            NoConsent: the server shows an error page instead of asking.
        """
        return decide(self._http, self._sdk_of(user), authorization_url, allowed=allowed, reason_of=self._reason_of)

    def _reason_of(self, request_id: str) -> str:
        return next((event.reason for event in self._events_of_the_test if event.request_id == request_id), "")

    def browser(self, *, user: Person | None = None, allowed: bool = True) -> Callable[[str], None]:
        """A browser, and a person before it, for programs that wait on loopback: `log_in(..., open_browser=...)`."""
        return partial(self._browse, user=user, allowed=allowed)

    def _browse(self, authorization_url: str, *, user: Person | None, allowed: bool) -> None:
        visit(self.consent(authorization_url, user=user, allowed=allowed))

    def approve(
        self,
        client: OAuthClient | None = None,
        *,
        user: Person | None = None,
        scope: str | None = None,
        resource: str | None = None,
    ) -> tuple[AuthorizationRequest, str]:
        """A person's consent: the request, and the address that the browser came back to.

        `request.code_from(address)` is the code, and `sdk.oauth.exchange(request, address)` redeems it.

        Args:
            client: who asks.
            user: who allows.
            scope: what for, separated by blanks; all that the client may have, if not said.
            resource: whose tokens these shall be (RFC 8707).
        """
        asking = client or self.default_client
        request = self._sdk_of(None).oauth.authorization_url(
            client_id=asking.client_id,
            redirect_uri=(asking.redirect_uris or [CALLBACK])[0],
            scope=scope,
            resource=resource,
            issuer=self.issuer,
        )
        return request, self.consent(request.url, user=user)

    def tokens(
        self,
        client: OAuthClient | None = None,
        *,
        user: Person | None = None,
        scope: str | None = None,
        resource: str | None = None,
    ) -> OAuthTokenResponse:
        """Tokens by a person's consent, refresh token and all. The arguments are those of `approve`."""
        asking = client or self.default_client
        request, callback_url = self.approve(asking, user=user, scope=scope, resource=resource)
        return self._sdk_of(None).oauth.exchange(request, callback_url, client_secret=asking.client_secret)

    def token(self, scope: str | None = None, **more: Any) -> str:
        """An access token with these scopes by a person's consent. `more` are further arguments of `tokens`."""
        return self.tokens(scope=scope, **more).access_token

    def client_token(
        self, scope: str | None = None, *, client: OAuthClient | None = None, resource: str | None = None
    ) -> str:
        """An access token with these scopes that a client has got for itself."""
        asking = client or self.default_client
        return (
            self._sdk_of(None)
            .oauth.token(
                grant_type="client_credentials",
                client_id=asking.client_id,
                client_secret=asking.client_secret,
                scope=scope,
                resource=resource,
            )
            .access_token
        )

    def revoke_grant(self, client: OAuthClient | None = None, *, user: Person | None = None) -> None:
        """Take back what a person has allowed a client; all of its tokens end.

        Raises:
            LookupError: the person has allowed it nothing.
        """
        asking, sdk = client or self.default_client, self._sdk_of(user)
        grants = [grant for grant in sdk.oauth_grants.list() if grant.client_id == asking.client_id]
        if not grants:
            raise LookupError(f"{(user or self.admin).email} has allowed {asking.name} nothing")
        for grant in grants:
            sdk.oauth_grants.delete(grant.id)

    def rotate_signing_key(self) -> str:
        """Have the server sign with a new key from now on; its `kid`. The old one still verifies what it signed."""
        return self._thread.run(rotate_signing_key(self._app))

    def run_jobs(self) -> None:
        """Do what the server does by itself every few seconds of real time: rotate keys, clean up, write last uses.

        For tests that have moved the clock by more than those.
        """
        self._thread.run(run_jobs(self._app))
