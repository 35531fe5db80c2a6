"""`grantwell signing-keys`: what a rotation by hand makes, and that no token fails because of it."""

from typing import Any

import httpx
from tests.cli.conftest import EMAIL, Command, Running, Serve

CLIENT = ("clients", "create", "--name", "robot", "--user", EMAIL, "--grant-type", "client_credentials", "--json")

# Each server has a port of its own; tokens of the one are to be valid at the next.
ISSUER = {"GRANTWELL_ISSUER": "http://127.0.0.1:8000"}


def states(grantwell: Command) -> list[str]:
    return [key["state"] for key in grantwell("signing-keys", "list", "--json").json["signing_keys"]]


def token(server: Running, client: dict[str, Any]) -> str:
    answer = server.http.post(
        "/v2/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=httpx.BasicAuth(client["client_id"], client["client_secret"]),
    )
    return str(answer.json()["access_token"])


def is_active(server: Running, client: dict[str, Any], access_token: str) -> bool:
    answer = server.http.post(
        "/v2/oauth/introspect",
        data={"token": access_token},
        auth=httpx.BasicAuth(client["client_id"], client["client_secret"]),
    )
    return bool(answer.json()["active"])


def published(server: Running) -> set[str]:
    return {key["kid"] for key in server.http.get("/v2/oauth/jwks").json()["keys"]}


def test_the_first_key_signs_at_once(ada: dict[str, Any], grantwell: Command) -> None:
    made = grantwell("signing-keys", "rotate", "--json").json
    assert made["state"] == "signing"
    assert states(grantwell) == ["signing"]


def test_the_next_key_is_published_first_and_the_old_one_goes_on_signing(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    serve().end()
    made = grantwell("signing-keys", "rotate", "--json").json
    assert made["state"] == "published"
    assert states(grantwell) == ["signing", "published"]
    assert made["kid"] in published(serve())


def test_a_key_can_sign_at_once_and_tokens_of_the_old_one_stay_valid(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    client = grantwell(*CLIENT).json
    server = serve(**ISSUER)
    before = token(server, client)
    server.end()
    assert grantwell("signing-keys", "rotate", "--now", "--json").json["state"] == "signing"
    assert states(grantwell) == ["verifying", "signing"]
    again = serve(**ISSUER)
    assert is_active(again, client, before)
    assert is_active(again, client, token(again, client))


def test_the_tokens_of_a_revoked_key_fail_and_another_key_signs(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    client = grantwell(*CLIENT).json
    server = serve(**ISSUER)
    before = token(server, client)
    server.end()
    (old,) = grantwell("signing-keys", "list", "--json").json["signing_keys"]
    made = grantwell("signing-keys", "rotate", "--revoke", old["kid"], "--json").json
    assert (made["state"], made["revoked"]) == ("signing", old["kid"])
    assert states(grantwell) == ["revoked", "signing"]
    again = serve(**ISSUER)
    assert published(again) == {made["kid"]}
    assert not is_active(again, client, before)
    assert is_active(again, client, token(again, client))


def test_a_key_that_is_not_there_cannot_be_revoked(ada: dict[str, Any], grantwell: Command) -> None:
    result = grantwell("signing-keys", "rotate", "--revoke", "nothing")
    assert result.code == 1
    assert "there is no signing key nothing" in result.err
    assert states(grantwell) == []


def test_the_algorithm_of_the_settings_is_that_of_the_next_key(
    ada: dict[str, Any], grantwell: Command, data_dir: Any
) -> None:
    (data_dir / "grantwell.toml").write_text("signing_algorithm = 'EdDSA'")
    assert grantwell("signing-keys", "rotate", "--json").json["alg"] == "EdDSA"


def test_people_are_told_when_the_key_begins(ada: dict[str, Any], grantwell: Command) -> None:
    assert " signs from 20" in grantwell("signing-keys", "rotate").out
    assert "signing" in grantwell("signing-keys", "list").out
