"""`grantwell keys`, beside a running server."""

from typing import Any

import pytest
from tests.cli.conftest import EMAIL, Command, Running, Serve

CREATE = ("keys", "create", "--user", EMAIL)


def call(server: Running, path: str, api_key: str) -> int:
    return server.http.get(path, headers={"Authorization": f"Bearer {api_key}"}).status_code


def test_a_key_may_do_everything_by_default(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    made = grantwell(*CREATE, "--name", "deployments", "--json").json
    assert made["name"] == "deployments"
    assert made["capabilities"] == ["clients", "grants", "consent", "introspect"]
    server = serve()
    assert [call(server, path, made["api_key"]) for path in ("/v2/oauth_clients", "/v2/oauth_grants")] == [200, 200]


def test_a_key_may_do_no_more_than_it_was_given(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    made = grantwell(*CREATE, "--capability", "grants", "--json").json
    server = serve()
    assert [call(server, path, made["api_key"]) for path in ("/v2/oauth_clients", "/v2/oauth_grants")] == [403, 200]


def test_a_key_expires_after_so_many_days(ada: dict[str, Any], grantwell: Command) -> None:
    made = grantwell(*CREATE, "--expires-in-days", "1", "--json").json
    assert made["created_at"][:8] <= made["expires_at"][:8]
    assert made["created_at"][11:] == made["expires_at"][11:]
    assert made["created_at"] != made["expires_at"]


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    assert call(server, "/v2/oauth_clients", ada["api_key"]) == 200
    revoked = grantwell("keys", "revoke", ada["api_key_id"], "--json").json
    assert call(server, "/v2/oauth_clients", ada["api_key"]) == 401
    (listed,) = (key for key in grantwell("keys", "list", "--json").json["keys"] if key["user"] == EMAIL)
    assert (listed["state"], listed["revoked_at"]) == ("revoked", revoked["revoked_at"])


def test_revoking_again_changes_nothing(ada: dict[str, Any], grantwell: Command) -> None:
    first = grantwell("keys", "revoke", ada["api_key_id"], "--json")
    assert grantwell("keys", "revoke", ada["api_key_id"], "--json").json == first.json
    kinds = [event["kind"] for event in grantwell("audit", "tail", "--json").json["events"]]
    assert kinds.count("api_key.revoked") == 1


def test_keys_are_listed_for_all_or_for_one_organization(ada: dict[str, Any], grantwell: Command) -> None:
    grantwell("users", "create", "--organization", "Other", "--email", "ben@example.com")
    users = [key["user"] for key in grantwell("keys", "list", "--json").json["keys"]]
    assert sorted(users) == [EMAIL, "ben@example.com"]
    others = grantwell("keys", "list", "--organization", "Other", "--json").json["keys"]
    assert [key["user"] for key in others] == ["ben@example.com"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "--user", "nobody@example.com"), 1, "there is no user nobody@example.com"),
        (("create", "--user", EMAIL, "--capability", "everything"), 2, "clients, grants, consent, introspect"),
        (("create", "--user", EMAIL, "--name", ""), 2, "--name"),
        (("create", "--user", EMAIL, "--expires-in-days", "0"), 2, "--expires-in-days"),
        (("revoke", "key_nobody"), 1, "there is no API key key_nobody"),
        (("list", "--organization", "Nowhere"), 1, "there is no organization Nowhere: there are Acme"),
    ],
)
def test_what_is_not_there_is_named(
    ada: dict[str, Any], grantwell: Command, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = grantwell("keys", *arguments)
    assert result.code == code
    assert words in result.refusal


def test_only_an_administrators_key_may_sign_others_in(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    grantwell("users", "create", "--organization", "Acme", "--email", "ben@example.com")
    refused = grantwell("keys", "create", "--user", "ben@example.com", "--capability", "sessions")
    assert refused.code == 1
    assert "ben@example.com is no administrator" in refused.err
    key = grantwell(*CREATE, "--capability", "sessions", "--json").json
    assert key["capabilities"] == ["sessions"]
    answer = serve().http.post(
        "/v2/sessions/tickets",
        json={"email": "ben@example.com"},
        headers={"Authorization": f"Bearer {key['api_key']}"},
    )
    assert answer.status_code == 201
