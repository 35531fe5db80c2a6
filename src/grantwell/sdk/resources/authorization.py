"""The operations of `client.oauth` that ask a person and tell the server the answer; and registration, before them."""

from collections.abc import Sequence
from typing import Literal, Unpack

from grantwell.sdk.calls import operation
from grantwell.sdk.requests import CallOptions, Request, path_with
from grantwell.sdk.responses import as_json, as_text_or_location
from grantwell.sdk.types import (
    CodeChallengeMethod,
    Consent,
    Data,
    GrantType,
    OAuthGrantsResponse,
    OAuthRegisterResponse,
    TokenEndpointAuthMethod,
)


class AuthorizationOperations:
    @operation
    def register(
        self,
        *,
        client_name: str | None = None,
        redirect_uris: Sequence[str] | None = None,
        grant_types: Sequence[GrantType] | None = None,
        response_types: Sequence[str] | None = None,
        scope: str | None = None,
        token_endpoint_auth_method: TokenEndpointAuthMethod | None = None,
        logo_uri: str | None = None,
        policy_uri: str | None = None,
        tos_uri: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[OAuthRegisterResponse]:
        """Registers a client (RFC 7591). With an API key it belongs to the key's owner, without one to nobody.

        Repeated after a lost answer (`max_retries`), it may make two; a warning is logged when that can have happened.

        Args:
            client_name: what people are shown.
            redirect_uris: where people may be sent back to.
            grant_types: how it will get tokens; `authorization_code` if not said.
            response_types: `["code"]`.
            scope: what it will ask for, separated by blanks.
            token_endpoint_auth_method: `none` for a program that cannot keep a secret; else `client_secret_basic`.
            logo_uri: address of its logo.
            policy_uri: address of its privacy policy.
            tos_uri: address of its terms of service.
            options: see `CallOptions`.
        """
        body = {
            "client_name": client_name,
            "redirect_uris": redirect_uris,
            "grant_types": grant_types,
            "response_types": response_types,
            "scope": scope,
            "token_endpoint_auth_method": token_endpoint_auth_method,
            "logo_uri": logo_uri,
            "policy_uri": policy_uri,
            "tos_uri": tos_uri,
        }
        read = as_json(OAuthRegisterResponse)
        return Request("oauth.register", "POST", "/oauth/register", read, body=body, repeatable=False, options=options)

    @operation
    def retrieve_authorize(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        response_type: Literal["code"] = "code",
        code_challenge: str | None = None,
        code_challenge_method: CodeChallengeMethod | None = None,
        scope: str | None = None,
        state: str | None = None,
        resource: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Request[str]:
        """Begins an authorization (RFC 6749, section 4.1.1), as a browser would.

        As in the official SDK it goes where the answer points, and returns the page that it ends on. With
        `follow_redirects=False` it goes nowhere and returns the address that the answer points to: that of the consent
        page, or of the client. People are sent to `client.oauth.authorization_url(...)` rather than here.

        Args:
            client_id: who asks.
            redirect_uri: where the person is sent back to.
            response_type: `code`.
            code_challenge: made from the secret that the exchange will show (RFC 7636).
            code_challenge_method: how it was made; `S256`.
            scope: what for, separated by blanks.
            state: comes back with the answer.
            resource: whose tokens these shall be (RFC 8707).
            options: see `CallOptions`.
        """
        query = {
            "response_type": response_type,
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": code_challenge_method,
            "resource": resource,
        }
        return Request(
            "oauth.retrieve_authorize",
            "GET",
            "/oauth/authorize",
            as_text_or_location,
            query=query,
            accept="text/html",
            authenticated=False,
            follow_redirects=True,
            options=options,
        )

    @operation
    def retrieve(self, consent_token: str, **options: Unpack[CallOptions]) -> Request[Data[Consent]]:
        """What the person is asked to consent to. The caller acts for that person.

        Args:
            consent_token: the one in the address that the person came with.
            options: see `CallOptions`.
        """
        path = path_with("/oauth/consent/{}", "consent_token", consent_token)
        return Request("oauth.retrieve", "GET", path, as_json(Data[Consent]), options=options)

    @operation
    def grants(
        self, *, allowed: bool, consent_token: str, **options: Unpack[CallOptions]
    ) -> Request[OAuthGrantsResponse]:
        """Gives the person's decision; returns where the browser goes with it, which holds the code or the refusal.

        Args:
            allowed: what the person has decided.
            consent_token: what about.
            options: see `CallOptions`.
        """
        body = {"allowed": allowed, "consent_token": consent_token}
        return Request(
            "oauth.grants", "POST", "/oauth/grants", as_json(OAuthGrantsResponse), body=body, options=options
        )
