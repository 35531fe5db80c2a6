"""`grantwell serve`: what it says, what it refuses, how it ends."""

import signal
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Result, Running, Serve

API_KEY = "an-api-key-given-by-the-operator"
BOOTSTRAP = {
    "GRANTWELL_BOOTSTRAP_EMAIL": EMAIL,
    "GRANTWELL_BOOTSTRAP_PASSWORD": PASSWORD,
    "GRANTWELL_BOOTSTRAP_API_KEY": API_KEY,
}


def sign_in(server: Running, email: str, password: str) -> int:
    return server.http.post("/v2/sessions", json={"email": email, "password": password}).status_code


def list_clients(server: Running, api_key: str) -> int:
    return server.http.get("/v2/oauth_clients", headers={"Authorization": f"Bearer {api_key}"}).status_code


def test_the_first_start_makes_an_administrator_and_tells_once(serve: Serve, data_dir: Path) -> None:
    first = serve()
    assert first.said["data_dir"] == str(data_dir)
    assert sign_in(first, first.said["email"], first.said["password"]) == 201
    assert list_clients(first, first.said["api_key"]) == 200
    assert first.end().out == ""
    second = serve()
    assert second.said.keys() == {"listening", "issuer", "data_dir"}
    assert list_clients(second, first.said["api_key"]) == 200


def test_what_the_operator_gave_is_used_and_not_told(serve: Serve) -> None:
    server = serve(**BOOTSTRAP)
    assert sign_in(server, EMAIL, PASSWORD) == 201
    assert list_clients(server, API_KEY) == 200
    ended = server.end()
    for secret in (PASSWORD, API_KEY):
        assert secret not in f"{server.said}{ended.out}{ended.err}"


def test_users_that_were_made_before_the_first_start_are_enough(ada: dict[str, Any], serve: Serve) -> None:
    server = serve()
    assert "password" not in server.said
    assert list_clients(server, ada["api_key"]) == 200


def test_what_is_private_is_for_its_owner_only(serve: Serve, data_dir: Path) -> None:
    serve()
    assert data_dir.stat().st_mode & 0o077 == 0
    assert [path.name for path in data_dir.iterdir() if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_writes_everything_down_and_ends_well(
    serve: Serve, data_dir: Path, grantwell: Command, by: int
) -> None:
    server = serve(**BOOTSTRAP)
    assert list_clients(server, API_KEY) == 200
    assert server.end(by).code == 0
    assert not (data_dir / "grantwell.db-wal").exists()
    (key,) = grantwell("keys", "list", "--json").json["keys"]
    assert key["last_used_at"] is not None


def test_each_request_is_one_line_of_the_log_in_the_chosen_form(serve: Serve) -> None:
    server = serve("--log-format", "json")
    server.http.get("/v2/oauth_clients", headers={"Authorization": "Bearer wrong"})
    (line,) = server.end().err.splitlines()
    assert line.startswith("{")
    assert '"ListOAuthClients"' in line
    assert "wrong" not in line


def test_people_are_told_where_it_listens_what_to_try_and_where_the_data_lies(
    grantwell: Command, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = announced(grantwell, monkeypatch)
    assert "listens on http://127.0.0.1:8123\n" in said
    assert f"{data_dir}\n" in said
    assert "curl http://127.0.0.1:8123/.well-known/oauth-authorization-server" in said
    assert "gw_key_" in said
    again = announced(grantwell, monkeypatch)
    assert "gw_key_" not in again
    assert "password" not in again


def test_an_issuer_of_another_name_is_told_beside_the_address(
    grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTWELL_ISSUER", "https://auth.example.com")
    said = announced(grantwell, monkeypatch, "--host", "::1")
    assert "listens on http://[::1]:8123\n" in said
    assert "issuer    https://auth.example.com\n" in said
    assert "curl https://auth.example.com/" in said


def announced(grantwell: Command, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What people read when a server starts; this one ends as soon as it would serve."""
    import uvicorn

    async def end_at_once(_server: uvicorn.Server, sockets: object = None) -> None:
        return

    monkeypatch.setattr(uvicorn.Server, "serve", end_at_once)
    result = grantwell("serve", "--port", "8123", *arguments)
    assert result.code == 0, result.err
    return result.out


def test_an_address_that_is_taken_is_refused_before_anything_is_made(grantwell: Command, data_dir: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        result = grantwell("serve", "--port", str(taken.getsockname()[1]))
    assert result.code == 1
    assert "cannot listen on 127.0.0.1 port" in result.err
    assert result.out == ""
    assert not data_dir.exists()


def test_a_second_server_on_the_same_data_is_refused(serve: Serve, grantwell: Command) -> None:
    serve()
    result = refused_to_serve(grantwell)
    assert "another server" in result.err


def test_a_secret_that_does_not_fit_the_data_is_refused(
    serve: Serve, grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve().end()
    monkeypatch.setenv("GRANTWELL_SECRET", bytes(range(32)).hex())
    result = refused_to_serve(grantwell)
    assert "is sealed with a server secret that is not given" in result.err
    assert result.out == ""


def test_a_secret_file_that_was_damaged_is_refused(serve: Serve, grantwell: Command, data_dir: Path) -> None:
    serve().end()
    for content in ("", "zz", "00" * 31):
        (data_dir / "secret.hex").write_text(content)
        assert "secret.hex" in refused_to_serve(grantwell).err


def refused_to_serve(grantwell: Command) -> Result:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    result = grantwell("serve", "--port", str(port))
    assert result.code == 1
    return result


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "0"), "port must be a whole number from 1 to 65535"),
        (("--port", "http"), "--port"),
        (("--workers", "2"), "workers must be 1 on SQLite"),
        (("--log-format", "xml"), "log_format must be text or json"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_options_that_cannot_be_are_refused(
    grantwell: Command, data_dir: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = grantwell("serve", *arguments)
    assert result.code == 2
    assert words in result.refusal
    assert not data_dir.exists()
