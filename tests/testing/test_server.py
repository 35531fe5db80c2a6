"""The test server is the real one: what its helpers make is good at the server, and ends when it should."""

import threading
import time
from dataclasses import replace

import httpx
import pytest

from grantwell import testing
from grantwell.sdk import BadRequestError, Grantwell, MemoryStorage, RenewingToken, log_in
from grantwell.settings import SettingsError
from grantwell.storage.sqlite import SqliteBackend
from grantwell.testing import GrantwellServer, Person


def claims(server: GrantwellServer, token: str) -> dict[str, object]:
    found = server.sdk.oauth.introspect(token=token)
    return found.to_dict()


def test_a_server_is_ready_within_100_ms_of_its_import() -> None:
    def seconds_to_the_first_answer() -> float:
        begun = time.perf_counter()
        with GrantwellServer() as server:
            server.sdk.oauth_clients.list()
            return time.perf_counter() - begun

    # The best of a few: how busy the machine is meanwhile is not the server's doing.
    assert min(seconds_to_the_first_answer() for _ in range(5)) < 0.1


def test_a_token_has_the_scopes_and_the_person_that_it_was_asked_for(grantwell_server: GrantwellServer) -> None:
    ada = grantwell_server.make_user("ada@example.com")
    client = grantwell_server.make_client(name="Fleet manager")
    token = grantwell_server.token("read", user=ada, client=client, resource="https://api.example.com/orders")
    found = claims(grantwell_server, token)
    assert (found["active"], found["scope"], found["sub"]) == (True, "read", ada.user_id)
    assert (found["client_id"], found["aud"]) == (client.client_id, "https://api.example.com/orders")


def test_a_token_without_more_is_for_everything_and_for_the_administrator(grantwell_server: GrantwellServer) -> None:
    found = claims(grantwell_server, grantwell_server.token())
    assert (found["scope"], found["sub"]) == ("admin read write", grantwell_server.admin.user_id)


def test_a_token_of_a_client_names_the_client_as_its_subject(grantwell_server: GrantwellServer) -> None:
    client = grantwell_server.make_client()
    found = claims(grantwell_server, grantwell_server.client_token("write", client=client))
    assert (found["sub"], found["scope"]) == (client.client_id, "write")


def test_a_public_client_logs_people_in_without_a_secret(grantwell_server: GrantwellServer) -> None:
    client = grantwell_server.make_client(client_type="public")
    assert client.client_secret is None
    assert grantwell_server.tokens(client).refresh_token


def test_a_token_ends_when_the_clock_has_moved_past_its_time(grantwell_server: GrantwellServer) -> None:
    tokens = grantwell_server.tokens()
    grantwell_server.clock.advance(tokens.expires_in - 1)
    assert grantwell_server.sdk.oauth.introspect(token=tokens.access_token).active
    grantwell_server.clock.advance(1)
    assert not grantwell_server.sdk.oauth.introspect(token=tokens.access_token).active


def test_a_token_can_be_made_that_has_ended_already(grantwell_server: GrantwellServer) -> None:
    grantwell_server.clock.advance(-3600)
    token = grantwell_server.token("read")
    grantwell_server.clock.advance(3600)
    assert not grantwell_server.sdk.oauth.introspect(token=token).active


def test_the_clock_begins_at_the_real_time_and_stands_still(grantwell_server: GrantwellServer) -> None:
    begun = grantwell_server.clock()
    assert abs(begun - time.time()) < 60
    assert claims(grantwell_server, grantwell_server.token())["iat"] == begun == grantwell_server.clock()


def test_a_revoked_grant_ends_its_tokens_and_no_others(grantwell_server: GrantwellServer) -> None:
    ada, bob = grantwell_server.make_user(), grantwell_server.make_user()
    of_ada, of_bob = grantwell_server.token(user=ada), grantwell_server.token(user=bob)
    grantwell_server.revoke_grant(user=ada)
    assert not grantwell_server.sdk.oauth.introspect(token=of_ada).active
    assert grantwell_server.sdk.oauth.introspect(token=of_bob).active


def test_what_was_never_allowed_cannot_be_revoked(grantwell_server: GrantwellServer) -> None:
    with pytest.raises(LookupError, match="admin@localhost has allowed A client nothing"):
        grantwell_server.revoke_grant()


def test_an_api_key_has_the_capabilities_and_the_life_that_it_was_made_for(grantwell_server: GrantwellServer) -> None:
    def status(key: str, path: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(transport=grantwell_server.transport(), headers=headers) as http:
            return http.get(f"{grantwell_server.base_url}/{path}").status_code

    key = grantwell_server.make_api_key(capabilities=["grants"], expires_in=60)
    assert (status(key, "oauth_grants"), status(key, "oauth_clients")) == (200, 403)
    grantwell_server.clock.advance(60)
    assert status(key, "oauth_grants") == 401


def test_people_of_another_organization_see_none_of_the_clients(grantwell_server: GrantwellServer) -> None:
    grantwell_server.make_client()
    grace = grantwell_server.make_user(organization="Elsewhere", role="admin")
    also = grantwell_server.make_user(organization="Elsewhere")
    assert grace.org_id == also.org_id != grantwell_server.admin.org_id
    of_grace = grantwell_server.sdk.with_options(api_key=grace.api_key)
    assert of_grace.oauth_clients.list().data == []


def test_a_person_who_says_no_is_an_answer_to_the_program(grantwell_server: GrantwellServer) -> None:
    client = grantwell_server.make_client(client_type="public")
    request = grantwell_server.sdk.oauth.authorization_url(
        client_id=client.client_id, redirect_uri="http://127.0.0.1/callback"
    )
    address = grantwell_server.consent(request.url, allowed=False)
    assert httpx.URL(address).params["error"] == "access_denied"
    assert httpx.URL(address).params["state"] == request.state


def test_a_code_is_good_once(grantwell_server: GrantwellServer) -> None:
    secret = grantwell_server.default_client.client_secret
    request, address = grantwell_server.approve(scope="read")
    assert grantwell_server.sdk.oauth.exchange(request, address, client_secret=secret).scope == "read"
    with pytest.raises(BadRequestError, match="invalid_grant"):
        grantwell_server.sdk.oauth.exchange(request, address, client_secret=secret)
    assert grantwell_server.events[-1].reason == "code_replayed"


def test_a_program_on_loopback_is_logged_in_without_a_browser(grantwell_server: GrantwellServer) -> None:
    ada = grantwell_server.make_user()
    with Grantwell(api_key="", base_url=f"{grantwell_server.url}/v2") as client:
        token = log_in(client, MemoryStorage(), scope="read", open_browser=grantwell_server.browser(user=ada))
    assert claims(grantwell_server, token.access_token)["sub"] == ada.user_id


def test_a_token_renews_itself_on_the_clock_of_the_server(grantwell_server: GrantwellServer) -> None:
    storage, clock = MemoryStorage(), grantwell_server.clock
    with Grantwell(api_key="", base_url=f"{grantwell_server.url}/v2") as client:
        log_in(client, storage, open_browser=grantwell_server.browser())
        token = RenewingToken(client, storage, clock=clock)
        first = token.access_token()
        clock.advance(1800)
        assert token.access_token() != first


def page_after_sign_in(server: GrantwellServer, person: Person) -> str:
    with httpx.Client(transport=server.transport(), base_url=server.issuer, follow_redirects=True) as browser:
        token = browser.get("/sign-in").text.partition('name="form_token" value="')[2].partition('"')[0]
        form = {"email": person.email, "password": person.password, "form_token": token}
        return browser.post("/sign-in", data=form, headers={"Origin": server.issuer}).text


def test_people_sign_in_to_the_pages_with_their_password(grantwell_server: GrantwellServer) -> None:
    ada = grantwell_server.make_user("ada@example.com", password="a password of her own")
    assert "Sign out" in page_after_sign_in(grantwell_server, ada)
    stranger = replace(ada, email=grantwell_server.admin.email)
    assert "Sign out" not in page_after_sign_in(grantwell_server, stranger)


@pytest.mark.grantwell(bootstrap_email="ops@example.com", bootstrap_password="what the operator chose")
def test_the_administrator_is_the_one_of_the_settings(grantwell_server: GrantwellServer) -> None:
    assert grantwell_server.admin.password == "what the operator chose"
    assert "Sign out" in page_after_sign_in(grantwell_server, grantwell_server.admin)


def test_a_new_signing_key_signs_at_once_and_the_old_one_still_verifies(grantwell_server: GrantwellServer) -> None:
    old = grantwell_server.token()
    kid = grantwell_server.rotate_signing_key()
    published = grantwell_server.sdk.oauth.retrieve_jwks().keys or []
    assert [key.kid for key in published][1:] == [kid]
    assert grantwell_server.sdk.oauth.introspect(token=old).active


def test_what_time_would_have_brought_comes_when_it_is_asked_for(grantwell_server: GrantwellServer) -> None:
    grantwell_server.clock.advance(90 * 86400)
    assert len(grantwell_server.sdk.oauth.retrieve_jwks().keys or []) == 1
    grantwell_server.run_jobs()
    assert len(grantwell_server.sdk.oauth.retrieve_jwks().keys or []) == 2


def test_each_server_is_a_world_of_its_own(grantwell_server: GrantwellServer) -> None:
    with GrantwellServer() as other:
        assert other.issuer != grantwell_server.issuer
        assert not other.sdk.oauth.introspect(token=grantwell_server.token()).active


def test_what_the_test_does_itself_leaves_no_trace_and_meets_no_fault(grantwell_server: GrantwellServer) -> None:
    grantwell_server.faults.drop(times=None)
    grantwell_server.token("read")
    grantwell_server.client_token()
    grantwell_server.revoke_grant()
    assert (grantwell_server.requests, grantwell_server.events) == ([], [])


def test_settings_are_the_servers_own_and_scopes_may_be_plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWELL_ACCESS_TOKEN_SECONDS", "7")
    with GrantwellServer(scopes=["orders:read"], issuer="https://auth.example.com", code_seconds=5) as server:
        found = claims(server, server.token("orders:read"))
        assert server.base_url == "https://auth.example.com/v2"
        assert (found["iss"], found["aud"]) == ("https://auth.example.com", "https://auth.example.com")
        assert server.tokens().expires_in == 1800
        assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_setting_that_cannot_be_is_named_and_leaves_nothing_running() -> None:
    with pytest.raises(SettingsError, match="code_seconds must be a whole number"):
        GrantwellServer(code_seconds="soon")
    with pytest.raises(TypeError, match="there is no setting named code_second"):
        GrantwellServer(code_second=5)


def test_nothing_is_left_of_a_server_after_its_end() -> None:
    before = set(threading.enumerate())
    with GrantwellServer() as server:
        assert server.token()
        backend = server._app.backend
        assert isinstance(backend, SqliteBackend)
        assert backend.path.exists()
    assert set(threading.enumerate()) - before == set()
    assert not backend.path.parent.exists()


def test_every_name_of_the_package_is_there() -> None:
    assert all(getattr(testing, name).__name__ == name for name in testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Grantwel'"):
        _ = testing.Grantwel  # type: ignore[attr-defined]  # which is what is tested


def test_rate_limits_count_by_the_address_that_requests_come_from() -> None:
    with GrantwellServer(rate_limits={"register": "1/hour"}) as server:

        def register(address: str) -> int:
            with httpx.Client(transport=server.transport(address=address)) as http:
                body = {"redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "none"}
                return http.post(f"{server.base_url}/oauth/register", json=body).status_code

        assert [register("192.0.2.1"), register("192.0.2.1"), register("192.0.2.2")] == [201, 429, 201]
