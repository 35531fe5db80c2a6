"""`grantwell clients show`, `rotate-secret`, `disable` and `enable`: a running server must notice at once."""

from typing import Any

import httpx
import pytest
from tests.cli.conftest import EMAIL, Command, Serve

MACHINE = ("clients", "create", "--name", "Robot", "--user", EMAIL, "--grant-type", "client_credentials", "--json")
PUBLIC = (*MACHINE, "--type", "public")
ROTATE = ("clients", "rotate-secret")


@pytest.fixture
def robot(ada: dict[str, Any], grantwell: Command) -> dict[str, Any]:
    client: dict[str, Any] = grantwell(*MACHINE).json
    return client


def ask(http: httpx.Client, client: dict[str, Any]) -> httpx.Response:
    credentials = httpx.BasicAuth(client["client_id"], client["client_secret"])
    return http.post("/v2/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials)


def statuses(http: httpx.Client, *clients: dict[str, Any]) -> list[int]:
    return [ask(http, client).status_code for client in clients]


def is_live(http: httpx.Client, api_key: str, token: str) -> bool:
    answer = http.post("/v2/oauth/introspect", data={"token": token}, headers={"Authorization": f"Bearer {api_key}"})
    return bool(answer.json()["active"])


def test_the_previous_secret_works_beside_the_new_one_and_both_last_uses_are_seen(
    robot: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    rotated = grantwell(*ROTATE, robot["client_id"], "--json").json
    assert rotated["client_secret"] != robot["client_secret"]
    assert statuses(server.http, robot, rotated) == [200, 200]
    # Last uses are written down at the latest when the server ends.
    server.close()
    seen = grantwell("clients", "show", robot["client_id"], "--json").json
    assert seen["secret_last_used_at"]
    assert seen["older_secret_last_used_at"]
    assert seen["last_used_at"] == max(seen["secret_last_used_at"], seen["older_secret_last_used_at"])


def test_the_previous_secret_ends_with_the_overlap_and_the_new_one_works_on(
    robot: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    rotated = grantwell(*ROTATE, robot["client_id"], "--overlap", "1", "--json").json
    while ask(server.http, robot).status_code == 200:
        assert ask(server.http, rotated).status_code == 200
    assert statuses(server.http, robot, rotated) == [401, 200]


def test_without_an_overlap_the_previous_secret_ends_at_once(
    robot: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    said = grantwell(*ROTATE, robot["client_id"], "--overlap", "0").out
    assert "The previous secret has ended." in said
    assert statuses(server.http, robot) == [401]


def test_whoever_rotates_twice_is_told_that_the_oldest_secret_has_ended(
    robot: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    second = grantwell(*ROTATE, robot["client_id"], "--json").json
    third = grantwell(*ROTATE, robot["client_id"], "--json").json
    assert (second["older_secret_ended"], third["older_secret_ended"]) == (False, True)
    assert statuses(server.http, robot, second, third) == [401, 200, 200]
    assert "which still worked, has ended" in grantwell(*ROTATE, robot["client_id"]).out


def test_people_are_told_the_new_secret_once_and_until_when_the_previous_one_works(
    robot: dict[str, Any], grantwell: Command
) -> None:
    said = grantwell(*ROTATE, robot["client_id"]).out
    seen = grantwell("clients", "show", robot["client_id"])
    assert said.count("gw_secret_") == 1
    assert "not shown again" in said
    assert "gw_secret_" not in seen.out + grantwell("clients", "list", "--json").out
    (until,) = [line.split()[-1] for line in seen.out.splitlines() if line.startswith("older secret expires at")]
    assert f"works until {until}" in said


def test_a_disabled_client_is_out_at_once_and_an_enabled_one_begins_anew(
    ada: dict[str, Any], robot: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    http = serve().http
    token = ask(http, robot).json()["access_token"]
    assert is_live(http, ada["api_key"], token)
    assert grantwell("clients", "disable", robot["client_id"], "--json").json["enabled"] is False
    assert (statuses(http, robot), is_live(http, ada["api_key"], token)) == ([401], False)
    assert grantwell("clients", "enable", robot["client_id"], "--json").json["enabled"] is True
    # As soon as the command has ended.
    assert is_live(http, ada["api_key"], ask(http, robot).json()["access_token"])
    assert not is_live(http, ada["api_key"], token)


def test_what_an_operator_does_to_clients_is_audited_without_any_secret(
    robot: dict[str, Any], grantwell: Command
) -> None:
    rotated = grantwell(*ROTATE, robot["client_id"], "--overlap", "60", "--json").json
    for command in ("disable", "disable", "enable"):
        assert grantwell("clients", command, robot["client_id"]).code == 0
    events = grantwell("audit", "tail", "--json").json["events"]
    told = sorted(
        (each["kind"], each["actor"], each["detail"]) for each in events if each["subject"] == robot["client_id"]
    )
    assert told == [
        ("client.created", "cli", ""),
        ("client.disabled", "cli", ""),
        ("client.enabled", "cli", ""),
        ("client.secret_rotated", "cli", "overlap 60 s"),
    ]
    assert rotated["client_secret"] not in str(events)


def test_a_public_client_has_no_secret_to_rotate(ada: dict[str, Any], grantwell: Command) -> None:
    client = grantwell(*PUBLIC).json
    result = grantwell(*ROTATE, client["client_id"])
    assert result.code == 1
    assert "a public client has no secret" in result.err


@pytest.mark.parametrize("overlap", ["-1", "7776001", "a day"])
def test_an_overlap_that_cannot_be_is_refused_by_its_option(
    robot: dict[str, Any], grantwell: Command, overlap: str
) -> None:
    result = grantwell(*ROTATE, robot["client_id"], "--overlap", overlap)
    assert result.code == 2
    assert "--overlap" in result.refusal
    assert grantwell("clients", "show", robot["client_id"], "--json").json["older_secret_expires_at"] is None


@pytest.mark.parametrize("command", ["show", "rotate-secret", "disable", "enable"])
@pytest.mark.parametrize(
    ("client_id", "code", "words"), [("nobody", 1, "there is no client nobody"), ("\udcff", 2, "not valid UTF-8")]
)
def test_a_client_that_is_not_there_is_named(
    ada: dict[str, Any], grantwell: Command, command: str, client_id: str, code: int, words: str
) -> None:
    result = grantwell("clients", command, client_id)
    assert result.code == code
    assert words in result.err
