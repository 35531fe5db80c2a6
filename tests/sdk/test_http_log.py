"""What a program that logs everything sees of the SDK's calls."""

import logging

import pytest
from tests.sdk.clients import Both
from tests.sdk.conftest import API_KEY
from tests.sdk.recording_server import Answer, RecordingServer, as_json


def test_no_secret_of_a_call_reaches_any_log(
    both: Both, server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.behaviour = lambda _: as_json(
        {"data": {}, "access_token": "s3cret", "token_type": "Bearer", "expires_in": 1}
    )
    server.will(Answer(302, b"", {"location": "/callback?code=s3cret&iss=x&state=s3cret"}), Answer(200, b""))
    client = both.client
    both.done(
        client.oauth.retrieve_authorize(client_id="c", redirect_uri="x:/", state="s3cret", code_challenge="s3cret")
    )
    both.done(client.oauth.retrieve("consent-s3cret"))
    both.done(client.oauth.token(grant_type="refresh_token", refresh_token="s3cret", client_secret="s3cret"))
    both.done(client.oauth.with_raw_response.grants(allowed=True, consent_token="s3cret"))
    both.done(client.get("/pages", extra_query={"consent_token": "s3cret", "page": "2"}))
    lines = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert "s3cret" not in caplog.text
    assert API_KEY not in caplog.text
    assert len(lines) == 6
    assert lines[1].endswith('/callback?code=...&iss=x&state=... "HTTP/1.1 200 OK"')
    assert lines[2].endswith('/v2/oauth/consent/... "HTTP/1.1 200 OK"')
    assert lines[5].endswith('/v2/pages?consent_token=...&page=2 "HTTP/1.1 200 OK"')
