"""An OpenID Connect provider, reached by Authlib's client. Imported only where one is set.

What comes from there is believed in a fixed order: the metadata if it names the issuer that was set, the ID token if a
published key of the provider has signed it with an algorithm for signatures of such keys, and then what it says.
"""

import asyncio
import json
import time
from typing import Any, cast

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from grantwell.pages.external_login import Found, LoginFailed, ProviderSettings

TIMEOUT_SECONDS = 10
METADATA_SECONDS = 3600
LEEWAY_SECONDS = 60
KEYS_SECONDS = 30
# None of these can be checked with what is no secret: not `none`, and no HMAC, for which a public key would do.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
# What the provider may fail with, from the network up to its JSON.
TROUBLE = (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError, AttributeError)


class OpenIDProvider:
    """One provider. Its metadata is kept for an hour, its keys until a token names another one."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._fetching = asyncio.Lock()

    async def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """See `Provider`; OpenID Connect Core, section 3.1.2.1, with PKCE (RFC 7636)."""
        metadata = await self._discovered()
        async with self._client(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=code_verifier
            )
            return str(url)

    async def identify(self, code: str, nonce: str, code_verifier: str, iss: str | None) -> Found:
        """See `Provider`; OpenID Connect Core, section 3.1.3, RFC 9207 section 2.4."""
        metadata = await self._discovered()
        # Before the code goes anywhere: it may be another provider's.
        if iss != self._settings.issuer and (iss or metadata.get("authorization_response_iss_parameter_supported")):
            raise LoginFailed("the answer's iss is not the provider's issuer")
        try:
            async with self._client(metadata) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=code_verifier,
                )
                claims = await self._believed(token, nonce)
                more = {} if "email" in claims else await self._userinfo(client, metadata, claims["sub"])
        except TROUBLE as e:
            raise LoginFailed(f"{type(e).__name__} while taking the provider's answer") from e
        except Exception as e:
            # Authlib's errors have no common class, nor have those of the HTTP client that it chooses.
            if not type(e).__module__.startswith(("authlib.", "httpx", "httpcore")):
                raise
            raise LoginFailed(f"the provider refused the code ({getattr(e, 'error', '')})") from e
        return _found(claims, more)

    def _client(self, metadata: dict[str, Any]) -> Any:
        set_ = self._settings
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=set_.client_id,
            client_secret=set_.client_secret or None,
            token_endpoint_auth_method=method if set_.client_secret else "none",
            scope=set_.scopes,
            redirect_uri=set_.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
        )

    async def _discovered(self) -> dict[str, Any]:
        """The metadata (OpenID Connect Discovery, section 4). Raises LoginFailed."""
        async with self._fetching:
            if time.monotonic() >= self._metadata_until:
                issuer = self._settings.issuer
                found = await _get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                # Section 4.3: whoever may write there must not speak for another issuer.
                if found.get("issuer") != issuer:
                    raise LoginFailed("the metadata names another issuer than the one that was set")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _require_safe(found.get(name), issuer)
                self._metadata, self._metadata_until = found, time.monotonic() + METADATA_SECONDS
            return self._metadata

    async def _believed(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token (OpenID Connect Core, section 3.1.3.7)."""
        text, offered = token["id_token"], self._metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        algorithms = [name for name in ALGORITHMS if name in offered]
        try:
            decoded = jwt.decode(text, await self._key_set(), algorithms=algorithms)
        except (InvalidKeyIdError, ValueError):
            # It may have been signed with a key that is newer than what we know.
            decoded = jwt.decode(text, await self._key_set(anew=True), algorithms=algorithms)
        client_id = self._settings.client_id
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": client_id},
        }
        params = {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(leeway=LEEWAY_SECONDS)
        audience = claims["aud"]
        # One that is meant for others too must say that it was issued to us.
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
            raise LoginFailed("the ID token is meant for others too, and was not issued to this client")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise LoginFailed("the ID token names nobody")
        return dict(claims)

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        async with self._fetching:
            age = time.monotonic() - self._keys_at
            if self._keys is None or (anew and age > KEYS_SECONDS):
                self._keys = KeySet.import_key_set(cast(Any, await _get_json(self._metadata["jwks_uri"])))
                self._keys_at = time.monotonic()
            return self._keys

    async def _userinfo(self, client: Any, metadata: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the ID token did not say of the address (OpenID Connect Core, section 5.3)."""
        url = metadata.get("userinfo_endpoint")
        if url is None:
            return {}
        _require_safe(url, self._settings.issuer)
        answer = await client.get(url)
        answer.raise_for_status()
        said = json.loads(answer.content)
        # Section 5.3.2: a mixed-up answer must not lend its address to somebody else.
        if said["sub"] != subject:
            raise LoginFailed("the userinfo is about somebody else")
        return dict(said)


def _found(claims: dict[str, Any], more: dict[str, Any]) -> Found:
    source = claims if "email" in claims else more
    email = source.get("email")
    # Some providers write it as text.
    verified = source.get("email_verified") in (True, "true")
    return Found(claims["sub"], email if isinstance(email, str) else "", verified)


async def _get_json(url: str) -> dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.get(url, headers={"Accept": "application/json"})
            answer.raise_for_status()
            return dict(json.loads(answer.content))
    except (httpx.HTTPError, ValueError, TypeError) as e:
        raise LoginFailed(f"{type(e).__name__} at the provider's metadata or keys") from e


def _require_safe(url: object, issuer: str) -> None:
    """An endpoint is at least as safe as the issuer, which is https unless it is on this machine."""
    if not isinstance(url, str) or not url.startswith(("https://", issuer.partition("://")[0] + "://")):
        raise LoginFailed("the metadata names an endpoint that is not https")
