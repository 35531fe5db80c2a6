"""`grantwell users`, most of it beside a running server, which must notice at once."""

import io
from typing import Any

import httpx
import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Serve

CREATE = ("users", "create", "--organization", "Acme", "--email")


def sign_in(http: httpx.Client, email: str, password: str) -> int:
    return http.post("/v2/sessions", json={"email": email, "password": password}).status_code


def list_clients(http: httpx.Client, api_key: str) -> int:
    return http.get("/v2/oauth_clients", headers={"Authorization": f"Bearer {api_key}"}).status_code


def test_the_first_user_of_an_organization_administers_it(ada: dict[str, Any]) -> None:
    assert (ada["organization"], ada["email"], ada["role"]) == ("Acme", EMAIL, "admin")


def test_later_users_are_members_of_the_same_organization(ada: dict[str, Any], grantwell: Command) -> None:
    ben = grantwell(*CREATE, "ben@example.com", "--json").json
    assert (ben["role"], ben["org_id"]) == ("member", ada["org_id"])
    assert ben["user_id"] != ada["user_id"]


def test_a_role_can_be_given(ada: dict[str, Any], grantwell: Command) -> None:
    assert grantwell(*CREATE, "ben@example.com", "--role", "admin", "--json").json["role"] == "admin"


def test_a_password_is_made_and_told_unless_one_is_given(ada: dict[str, Any], grantwell: Command) -> None:
    assert "password" not in ada
    made = [grantwell(*CREATE, f"{name}@example.com", "--json").json["password"] for name in ("ben", "cy")]
    assert made[0] != made[1]
    assert min(map(len, made)) >= 20


def test_a_user_made_beside_a_running_server_can_sign_in_and_use_its_key(serve: Serve, grantwell: Command) -> None:
    server = serve()
    ben = grantwell(*CREATE, "ben@example.com", "--json").json
    assert sign_in(server.http, "ben@example.com", ben["password"]) == 201
    assert list_clients(server.http, ben["api_key"]) == 200


def test_a_password_can_come_by_standard_input(
    serve: Serve, grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe\n"))
    result = grantwell(*CREATE, "ben@example.com", "--password", "-", "--json")
    assert "password" not in result.json
    assert sign_in(serve().http, "ben@example.com", "from a pipe") == 201


def test_people_are_told_the_key_and_the_password_once(grantwell: Command) -> None:
    said = grantwell(*CREATE, EMAIL).out
    assert "gw_key_" in said
    assert "not shown again" in said
    assert "gw_key_" not in grantwell("users", "list").out + grantwell("keys", "list").out


@pytest.mark.parametrize("email", [EMAIL, EMAIL.upper()])
def test_nobody_is_made_twice(ada: dict[str, Any], grantwell: Command, email: str) -> None:
    result = grantwell(*CREATE, email)
    assert result.code == 1
    assert f"there is a user {email} already" in result.err
    assert len(grantwell("users", "list", "--json").json["users"]) == 1


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--organization", "Acme", "--email", "nobody"), "--email"),
        (("--organization", "Acme", "--email", EMAIL, "--password", "short"), "--password"),
        (("--organization", "Acme", "--email", EMAIL, "--role", "boss"), "--role"),
        (("--organization", " ", "--email", EMAIL), "--organization"),
        (("--organization", "A\nB", "--email", EMAIL), "--organization"),
        (("--organization", "Acme"), "--email"),
    ],
)
def test_what_cannot_be_a_user_is_refused_by_the_option(
    grantwell: Command, arguments: tuple[str, ...], option: str
) -> None:
    result = grantwell("users", "create", *arguments)
    assert result.code == 2
    assert option in result.refusal


def test_a_refused_password_is_not_repeated(grantwell: Command) -> None:
    result = grantwell(*CREATE, EMAIL, "--password", "hunter2")
    assert result.code == 2
    assert "hunter2" not in result.out + result.err


def test_users_are_listed_with_their_organizations(ada: dict[str, Any], grantwell: Command) -> None:
    grantwell("users", "create", "--organization", "[red]Other[/red]", "--email", "ben@example.com")
    listed = grantwell("users", "list", "--json").json["users"]
    assert {user["email"]: user["organization"] for user in listed} == {
        EMAIL: "Acme",
        "ben@example.com": "[red]Other[/red]",
    }
    table = grantwell("users", "list").out
    assert ada["user_id"] in table
    assert "[red]Other[/red]" in table


def test_a_disabled_user_is_out_at_once_and_an_enabled_one_in_again(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    http = serve().http
    assert (sign_in(http, EMAIL, PASSWORD), list_clients(http, ada["api_key"])) == (201, 200)
    assert grantwell("users", "disable", EMAIL, "--json").json["enabled"] is False
    assert (sign_in(http, EMAIL, PASSWORD), list_clients(http, ada["api_key"])) == (401, 401)
    assert grantwell("users", "enable", EMAIL, "--json").json["enabled"] is True
    assert (sign_in(http, EMAIL, PASSWORD), list_clients(http, ada["api_key"])) == (201, 200)


def test_a_new_password_takes_the_place_of_the_old_one(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    http = serve().http
    made = grantwell("users", "set-password", EMAIL, "--json").json["password"]
    assert (sign_in(http, EMAIL, PASSWORD), sign_in(http, EMAIL, made)) == (401, 201)
    given = grantwell("users", "set-password", EMAIL, "--password", "another one", "--json").json
    assert "password" not in given
    assert (sign_in(http, EMAIL, made), sign_in(http, EMAIL, "another one")) == (401, 201)


def test_a_session_that_is_opened_as_soon_as_a_password_was_changed_lives(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    http = serve().http
    for number in range(2):
        password = f"{PASSWORD} {number}"
        grantwell("users", "set-password", EMAIL, "--password", password)
        session = http.post("/v2/sessions", json={"email": EMAIL, "password": password}).json()["session"]
        assert http.post("/v2/sessions/token", json={"session": session}).status_code == 200


def test_a_role_counts_at_once(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    http = serve().http
    ben = grantwell(*CREATE, "ben@example.com", "--password", PASSWORD, "--json").json
    assert ben["role"] == "member"
    session = http.post("/v2/sessions", json={"email": "ben@example.com", "password": PASSWORD}).json()["session"]
    for role, status in (("admin", 200), ("member", 403)):
        assert grantwell("users", "set-role", "ben@example.com", role, "--json").json["role"] == role
        token = http.post("/v2/sessions/token", json={"session": session}).json()["access_token"]
        assert http.get("/v2/users", headers={"Authorization": f"Bearer {token}"}).status_code == status
    (event, _) = [each for each in audit(grantwell) if each["kind"] == "user.role_changed"]
    assert (event["subject"], event["actor"]) == (ben["user_id"], "cli")


def audit(grantwell: Command) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = grantwell("audit", "tail", "--json").json["events"]
    return events


@pytest.mark.parametrize("command", ["disable", "enable", "set-password"])
def test_a_user_who_is_not_there_is_named(ada: dict[str, Any], grantwell: Command, command: str) -> None:
    result = grantwell("users", command, "nobody@example.com")
    assert result.code == 1
    assert "there is no user nobody@example.com" in result.err


def test_what_an_operator_does_to_users_is_audited(ada: dict[str, Any], grantwell: Command) -> None:
    for command in ("disable", "enable", "set-password"):
        grantwell("users", command, EMAIL)
    events = grantwell("audit", "tail", "--json").json["events"]
    told = {(event["kind"], event["subject"], event["actor"]) for event in events}
    assert told >= {
        ("organization.created", ada["org_id"], "cli"),
        ("api_key.created", ada["api_key_id"], "cli"),
        *((f"user.{what}", ada["user_id"], "cli") for what in ("created", "disabled", "enabled", "password_changed")),
    }
