"""`grantwell migrate` and `grantwell backup`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Serve


def stamp(data_dir: Path, version: str) -> None:
    with closing(sqlite3.connect(data_dir / "grantwell.db")) as connection:
        connection.execute("UPDATE schema_version SET version_num = ?", (version,))
        connection.commit()


def test_a_database_that_is_up_to_date_is_left_alone(ada: dict[str, Any], grantwell: Command) -> None:
    for arguments in (("migrate",), ("migrate", "--check")):
        result = grantwell(*arguments, "--json")
        assert (result.code, result.json["state"]) == (0, "current")
    assert "is up to date" in grantwell("migrate").out


def test_checking_beside_a_running_server_is_allowed(ada: dict[str, Any], serve: Serve, grantwell: Command) -> None:
    serve()
    assert grantwell("migrate", "--check").code == 0


def test_an_empty_database_is_found_by_checking_and_made_by_migrating(grantwell: Command, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "grantwell.db").touch()
    checked = grantwell("migrate", "--check", "--json")
    assert (checked.code, checked.json["state"]) == (1, "empty")
    migrated = grantwell("migrate", "--json")
    assert (migrated.code, migrated.json["state"]) == (0, "current")
    assert grantwell("users", "list", "--json").json == {"users": []}


def test_a_newer_database_is_refused(ada: dict[str, Any], grantwell: Command, data_dir: Path) -> None:
    stamp(data_dir, "9999")
    assert grantwell("migrate", "--check").code == 1
    for arguments in (("migrate",), ("users", "list"), ("serve",)):
        result = grantwell(*arguments)
        assert result.code == 1
        assert "newer release" in result.err


def test_a_database_that_is_not_there_cannot_be_migrated(grantwell: Command, data_dir: Path) -> None:
    result = grantwell("migrate")
    assert result.code == 1
    assert f"there is no database at {data_dir / 'grantwell.db'}" in result.err
    assert not data_dir.exists()


def test_a_backup_made_beside_a_running_server_serves_as_the_original_did(
    ada: dict[str, Any], serve: Serve, grantwell: Command, bare: Command, data_dir: Path, tmp_path: Path
) -> None:
    server = serve()
    restored = tmp_path / "restored"
    restored.mkdir()
    said = grantwell("backup", str(restored / "grantwell.db"), "--json").json
    assert said["bytes"] == (restored / "grantwell.db").stat().st_size
    server.end()
    Path(said["secret_file"]).rename(restored / "secret.hex")
    data_dir.rename(tmp_path / "lost")
    restored.rename(data_dir)
    assert serve().http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD}).status_code == 201


def test_a_backup_is_for_its_owner_only(ada: dict[str, Any], grantwell: Command, tmp_path: Path) -> None:
    grantwell("backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_people_are_told_what_a_backup_lacks(
    ada: dict[str, Any], grantwell: Command, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(data_dir / "secret.hex") in grantwell("backup", str(tmp_path / "copy")).out
    monkeypatch.setenv("GRANTWELL_SECRET", bytes(range(32)).hex())
    assert "GRANTWELL_SECRET" in grantwell("backup", str(tmp_path / "copy")).out


def test_a_backup_that_cannot_be_written_is_refused(ada: dict[str, Any], grantwell: Command, tmp_path: Path) -> None:
    result = grantwell("backup", str(tmp_path / "nowhere" / "copy"))
    assert result.code == 1
    assert "nowhere" in result.err


def test_a_backup_replaces_nothing_that_a_running_server_lives_on(
    ada: dict[str, Any], serve: Serve, grantwell: Command, data_dir: Path, tmp_path: Path
) -> None:
    serve()
    for name in ("grantwell.db", "grantwell.db-wal", "grantwell.db-shm", "grantwell.db.lock", "secret.hex"):
        needed = data_dir / name
        before, links = needed.stat(), [tmp_path / f"{name}-{kind}" for kind in ("symbolic", "hard")]
        links[0].symlink_to(needed)
        links[1].hardlink_to(needed)
        for target in (needed, data_dir / ".." / data_dir.name / name, *links):
            result = grantwell("backup", str(target))
            assert result.code == 1, target
            assert f"is a file that the server needs ({needed}): name another one" in result.refusal
        assert needed.stat().st_ino == before.st_ino
    assert not list(data_dir.glob("*.partial"))


def test_what_a_server_acknowledges_after_a_refused_backup_is_still_there_when_it_starts_again(
    ada: dict[str, Any], serve: Serve, grantwell: Command, data_dir: Path
) -> None:
    server = serve()
    grantwell("backup", str(data_dir / "grantwell.db"))
    session = server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    assert session.status_code == 201
    server.end()
    kinds = [each["kind"] for each in grantwell("audit", "tail", "--json").json["events"]]
    assert "user.signed_in" in kinds


@pytest.mark.parametrize("name", ["grantwell.db-wal", "grantwell.db-journal"])
def test_a_backup_takes_no_name_that_the_database_may_need(
    ada: dict[str, Any], grantwell: Command, data_dir: Path, tmp_path: Path, name: str
) -> None:
    # The other way round: what the data directory calls the database is a link.
    (data_dir / "grantwell.db").rename(tmp_path / "grantwell.db")
    (data_dir / "grantwell.db").symlink_to(tmp_path / "grantwell.db")
    assert "the server needs" in grantwell("backup", str(tmp_path / name)).refusal


def test_a_copy_is_not_made_under_the_name_of_the_database(
    ada: dict[str, Any], grantwell: Command, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / "grantwell.db").rename(tmp_path / "kept.partial")
    monkeypatch.setenv("GRANTWELL_DATABASE_URL", f"sqlite:///{tmp_path / 'kept.partial'}")
    assert "the server needs" in grantwell("backup", str(tmp_path / "kept")).refusal
    assert (tmp_path / "kept.partial").exists()


def test_a_backup_replaces_an_earlier_one_and_nothing_else(
    ada: dict[str, Any], grantwell: Command, tmp_path: Path
) -> None:
    copy, secret = tmp_path / "copy", tmp_path / "secret"
    copy.touch()
    assert [grantwell("backup", str(copy)).code for _ in range(2)] == [0, 0]
    # As GRANTWELL_SECRET_FILE may name it.
    secret.write_text("do not lose me")
    result = grantwell("backup", str(secret))
    assert (result.code, secret.read_text()) == (1, "do not lose me")
    assert "is there, and no backup" in result.refusal
