"""The commands on a PostgreSQL database."""

import os
import signal
from typing import Any

import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Running, Serve
from tests.support.postgresql import cluster

from grantwell.storage.schema import VERSION

PASSWORD_OF_DATABASE = "hunter2"


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, which the environment names; its address."""
    return _named(cluster().empty(), monkeypatch)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with this release's schema, which the environment names; its address."""
    return _named(cluster().database_for(object()), monkeypatch)


def _named(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GRANTWELL_DATABASE_URL", url)
    monkeypatch.setenv("GRANTWELL_SECRET", os.urandom(32).hex())
    return url


@pytest.fixture
def serve_there(serve: Serve) -> Serve:
    """Starts a server on the database that the environment names."""

    def start(*arguments: str, **environment: str) -> Running:
        ours = {name: os.environ[name] for name in ("GRANTWELL_DATABASE_URL", "GRANTWELL_SECRET")}
        return serve(*arguments, **ours | environment)

    return start


def test_an_empty_database_is_found_by_checking_and_made_by_migrating(empty: str, grantwell: Command) -> None:
    checked = grantwell("migrate", "--check", "--json")
    assert (checked.code, checked.json["state"], checked.json["found"]) == (1, "empty", None)
    assert f"its schema is missing (empty), and this release needs {VERSION}" in grantwell("migrate", "--check").out
    migrated = grantwell("migrate")
    assert migrated.code == 0
    assert f"the schema {VERSION} was brought up to date from nothing" in migrated.out
    assert grantwell("migrate", "--check", "--json").json["state"] == "current"
    assert "is up to date" in grantwell("migrate").out


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serving_an_unmade_schema_is_refused_by_naming_the_command(
    empty: str, grantwell: Command, workers: str
) -> None:
    result = grantwell("serve", "--port", "8123", "--workers", workers)
    assert result.code == 1
    assert "run `grantwell migrate`" in result.err
    assert result.out == ""


@pytest.mark.parametrize("stamp", ["0000", "9999"])
def test_a_schema_that_does_not_fit_is_refused_by_every_command(database: str, grantwell: Command, stamp: str) -> None:
    cluster().execute(f"UPDATE schema_version SET version_num = '{stamp}', usable_from = '{stamp}'", database)
    try:
        for command in (("serve", "--port", "8123"), ("users", "list"), ("signing-keys", "list")):
            result = grantwell(*command)
            assert result.code == 1
            assert f"the database's schema is {stamp}" in result.err
    finally:
        cluster().execute(f"UPDATE schema_version SET version_num = '{VERSION}', usable_from = '0001'", database)


def test_a_newer_schema_that_this_release_can_use_is_called_by_its_own_number(
    database: str, grantwell: Command
) -> None:
    cluster().execute("UPDATE schema_version SET version_num = '9999'", database)
    try:
        for arguments in (("migrate",), ("migrate", "--check")):
            result = grantwell(*arguments)
            assert result.code == 0
            assert "its schema is 9999, from a newer release; this one" in result.out
            assert "can serve on it" in result.out
            assert "up to date" not in result.out
        assert grantwell("migrate", "--json").json["state"] == "ahead"
    finally:
        cluster().execute(f"UPDATE schema_version SET version_num = '{VERSION}'", database)


def test_a_server_is_prepared_and_managed_by_command(database: str, grantwell: Command, serve_there: Serve) -> None:
    server = serve_there(GRANTWELL_BOOTSTRAP_EMAIL="first@example.com")
    made = grantwell("users", "create", "--organization", "Acme", "--email", EMAIL, "--password", PASSWORD, "--json")
    assert made.code == 0, made.err
    key = grantwell("keys", "create", "--user", EMAIL, "--json").json["api_key"]
    assert server.http.get("/v2/oauth_clients", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD}).status_code == 201
    assert {user["email"] for user in grantwell("users", "list", "--json").json["users"]} == {
        "first@example.com",
        EMAIL,
    }
    assert server.end().code == 0


def test_the_first_start_is_told_once_however_many_workers_there_are(
    database: str, serve_there: Serve, grantwell: Command
) -> None:
    server = serve_there("--workers", "2")
    assert server.said["api_key"].startswith("gw_key_")
    assert len(grantwell("users", "list", "--json").json["users"]) == 1
    assert len(grantwell("signing-keys", "list", "--json").json["signing_keys"]) == 1
    ended = server.end()
    assert (ended.code, ended.out) == (0, "")
    again = serve_there("--workers", "2")
    assert "api_key" not in again.said
    assert again.end(signal.SIGINT).code == 0


def test_a_server_needs_a_secret_that_all_its_processes_have(
    database: str, grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRANTWELL_SECRET")
    result = grantwell("serve")
    assert result.code == 2
    assert "GRANTWELL_SECRET must be given on PostgreSQL" in result.err


def test_a_backup_is_postgresqls_own_work(database: str, grantwell: Command, tmp_path: Any) -> None:
    result = grantwell("backup", str(tmp_path / "copy"))
    assert result.code == 1
    assert "pg_dump" in result.err
    assert not (tmp_path / "copy").exists()


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _named(f"postgresql://ann:{PASSWORD_OF_DATABASE}@127.0.0.1:1/grantwell", monkeypatch)
    for command in (("migrate",), ("migrate", "--check"), ("serve", "--port", "8123"), ("users", "list")):
        result = grantwell(*command)
        assert result.code == 1
        assert "cannot open the PostgreSQL database 127.0.0.1:1/grantwell" in result.err
        assert PASSWORD_OF_DATABASE not in result.err + result.out
