"""`grantwell clients`."""

from typing import Any

import httpx
import pytest
from tests.cli.conftest import EMAIL, Command, Serve

CREATE = ("clients", "create", "--name", "Robot", "--user", EMAIL)
MACHINE = (*CREATE, "--grant-type", "client_credentials")
FOR_PEOPLE = (*CREATE, "--type", "public", "--grant-type", "authorization_code", "--redirect-uri")


def test_a_client_made_beside_a_running_server_gets_a_token(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    client = grantwell(*MACHINE, "--json").json
    answer = server.http.post(
        "/v2/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=httpx.BasicAuth(client["client_id"], client["client_secret"]),
    )
    assert answer.status_code == 200
    assert answer.json()["scope"] == "admin"


def test_a_client_belongs_to_the_user_and_the_organization(ada: dict[str, Any], grantwell: Command) -> None:
    client = grantwell(*MACHINE, "--json").json
    assert (client["user_id"], client["org_id"]) == (ada["user_id"], ada["org_id"])
    assert (client["origin"], client["verified"]) == ("management", False)


def test_only_an_operator_says_that_a_client_is_verified(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    client = grantwell(*MACHINE, "--verified", "--json").json
    answer = serve().http.get(
        f"/v2/oauth_clients/{client['client_id']}", headers={"Authorization": f"Bearer {ada['api_key']}"}
    )
    assert answer.json()["data"]["verified"] is True


def test_a_public_client_has_no_secret(ada: dict[str, Any], grantwell: Command) -> None:
    result = grantwell(*FOR_PEOPLE, "cursor://callback", "--redirect-uri", "http://127.0.0.1/", "--json")
    assert result.json["client_secret"] is None
    assert result.json["redirect_uris"] == ["cursor://callback", "http://127.0.0.1/"]
    assert "secret" not in grantwell(*FOR_PEOPLE, "https://app.example.com").out


def test_people_are_told_the_secret_once(ada: dict[str, Any], grantwell: Command) -> None:
    said = grantwell(*MACHINE).out
    assert "gw_secret_" in said
    assert "not shown again" in said
    assert "gw_secret_" not in grantwell("clients", "list", "--json").out


def test_a_client_may_have_some_scopes_of_the_catalogue(
    ada: dict[str, Any], grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTWELL_SCOPES", '[{"id": "admin"}, {"id": "read"}, {"id": "write"}]')
    assert grantwell(*MACHINE, "--scope", "read", "--json").json["allowed_scopes"] == ["read"]
    assert grantwell(*MACHINE, "--json").json["allowed_scopes"] == ["admin", "read", "write"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*CREATE, "--grant-type", "password"), 1, "allowed_grant_types must be of authorization_code"),
        ((*MACHINE, "--scope", "root"), 1, "allowed_scopes must be a subset of admin"),
        ((*MACHINE, "--redirect-uri", "http://example.com/"), 1, "(http://example.com/) must use https"),
        (("clients", "create", "--name", "", "--user", EMAIL, "--grant-type", "refresh_token"), 1, "name must not be"),
        ((*MACHINE, "--type", "secret"), 2, "--type"),
        (CREATE, 2, "--grant-type"),
        (("clients", "list", "--organization", "Nowhere"), 1, "there is no organization Nowhere"),
    ],
)
def test_what_the_api_would_refuse_is_refused_here_too(
    ada: dict[str, Any], grantwell: Command, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = grantwell(*arguments)
    assert result.code == code
    assert words in result.refusal
    assert grantwell("clients", "list", "--json").json["clients"] == []


def test_everything_that_is_wrong_is_told_at_once(ada: dict[str, Any], grantwell: Command) -> None:
    result = grantwell(*CREATE, "--grant-type", "password", "--scope", "root")
    assert len(result.err.splitlines()) == 2


def test_clients_are_listed_for_all_or_for_one_organization(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    server = serve()
    body = {"client_name": "Self-made", "redirect_uris": ["https://app.example.com/"]}
    assert server.http.post("/v2/oauth/register", json=body).status_code == 201
    made = grantwell(*MACHINE, "--json").json
    listed = grantwell("clients", "list", "--json").json["clients"]
    assert {client["name"]: client["origin"] for client in listed} == {
        "Robot": "management",
        "Self-made": "registration",
    }
    assert len(grantwell("clients", "list", "--limit", "1", "--json").json["clients"]) == 1
    (own,) = grantwell("clients", "list", "--organization", "Acme", "--json").json["clients"]
    assert own["client_id"] == made["client_id"]
    assert made["client_id"] in grantwell("clients", "list").out
