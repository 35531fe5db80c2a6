"""The operations of `client.oauth` that get, examine and end tokens."""

from typing import Unpack

from grantwell.sdk.calls import operation
from grantwell.sdk.requests import CallOptions, Request
from grantwell.sdk.responses import as_json, as_nothing
from grantwell.sdk.types import GrantType, OAuthIntrospectResponse, OAuthRetrieveJwksResponse, OAuthTokenResponse


class TokenOperations:
    @operation
    def token(
        self,
        *,
        grant_type: GrantType,
        client_id: str | None = None,
        client_secret: str | None = None,
        code: str | None = None,
        code_verifier: str | None = None,
        redirect_uri: str | None = None,
        refresh_token: str | None = None,
        scope: str | None = None,
        resource: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[OAuthTokenResponse]:
        """Gets tokens (RFC 6749, section 5).

        Repeated after a lost answer (`max_retries`), a code is refused, and so is a refresh token where the server does
        not allow for that; Grantwell does. A warning is logged when that can have happened.

        Args:
            grant_type: for what: client credentials, an authorization code or a refresh token.
            client_id: who asks.
            client_secret: of that client, if it is confidential.
            code: the authorization code.
            code_verifier: the secret behind the `code_challenge` (RFC 7636).
            redirect_uri: the one that the code was sent to.
            refresh_token: the refresh token. It is replaced: keep the answer's.
            scope: less than could be had, separated by blanks.
            resource: whose tokens these shall be (RFC 8707).
            options: see `CallOptions`.
        """
        body = {
            "grant_type": grant_type,
            "client_id": client_id,
            "client_secret": client_secret,
            "code": code,
            "code_verifier": code_verifier,
            "redirect_uri": redirect_uri,
            "refresh_token": refresh_token,
            "scope": scope,
            "resource": resource,
        }
        read = as_json(OAuthTokenResponse)
        # As a form, which every authorization server reads; without the API key, which says nothing here.
        return Request(
            "oauth.token",
            "POST",
            "/oauth/token",
            read,
            body=body,
            encoding="form",
            authenticated=False,
            # Codes and refresh tokens are used up, and a second use may look like a thief's.
            repeatable=code is None and refresh_token is None,
            options=options,
        )

    @operation
    def introspect(
        self,
        *,
        token: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[OAuthIntrospectResponse]:
        """Whether a token is live, and what it may do (RFC 7662).

        Args:
            token: the token.
            client_id: who asks; the owner of the API key, if not said.
            client_secret: of that client.
            options: see `CallOptions`.
        """
        body = {"token": token, "client_id": client_id, "client_secret": client_secret}
        return Request(
            "oauth.introspect",
            "POST",
            "/oauth/introspect",
            as_json(OAuthIntrospectResponse),
            body=body,
            # What every authorization server reads; JSON is Telnyx's own addition.
            encoding="form",
            authenticated=client_id is None,
            options=options,
        )

    @operation
    def revoke(
        self,
        *,
        token: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[None]:
        """Ends a token's life (RFC 7009), and of a refresh token all that came of it. Telnyx has no such operation.

        Args:
            token: the token. One that is not live already is no error.
            client_id: whose it is.
            client_secret: of that client, if it is confidential.
            options: see `CallOptions`.
        """
        body = {"token": token, "client_id": client_id, "client_secret": client_secret}
        return Request(
            "oauth.revoke",
            "POST",
            "/oauth/revoke",
            as_nothing,
            body=body,
            encoding="form",
            accept="*/*",
            authenticated=False,
            options=options,
        )

    @operation
    def retrieve_jwks(self, **options: Unpack[CallOptions]) -> Request[OAuthRetrieveJwksResponse]:
        """The public keys that verify the server's access tokens (RFC 7517).

        Args:
            options: see `CallOptions`.
        """
        read = as_json(OAuthRetrieveJwksResponse)
        return Request("oauth.retrieve_jwks", "GET", "/oauth/jwks", read, authenticated=False, options=options)
