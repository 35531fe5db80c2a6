"""Where the server would show a person an error page, the test is told which."""

import httpx
import pytest

from grantwell.sdk.types import OAuthClient
from grantwell.testing import GrantwellServer, NoConsent


def authorization_url(server: GrantwellServer, client: OAuthClient, **more: str) -> str:
    redirect_uri = (client.redirect_uris or [""])[0]
    begun = server.sdk.oauth.authorization_url(client_id=client.client_id, redirect_uri=redirect_uri)
    return str(httpx.URL(begun.url).copy_merge_params(more))


def test_an_unknown_client_is_an_error_with_its_reason(grantwell_server: GrantwellServer) -> None:
    address = authorization_url(grantwell_server, grantwell_server.default_client, client_id="nobody")
    with pytest.raises(NoConsent, match=r"404, authorize_client_unknown \(docs/reasons.md\)"):
        grantwell_server.consent(address)


def test_an_address_that_is_none_for_people_is_an_error(grantwell_server: GrantwellServer) -> None:
    with pytest.raises(NoConsent, match="200, no address for people"):
        grantwell_server.consent(f"{grantwell_server.issuer}/healthz")


def test_a_refusal_that_travels_by_redirect_is_where_the_browser_ends(grantwell_server: GrantwellServer) -> None:
    address = authorization_url(grantwell_server, grantwell_server.default_client, scope="nonsense")
    assert "error=invalid_scope" in grantwell_server.consent(address)
