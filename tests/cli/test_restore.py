"""`grantwell restore`, and the drill: everything is lost, and a backup brings it back."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Serve
from tests.support.api import Api
from tests.support.real_server import serving
from tests.support.server import API_KEY
from tests.support.traffic import Traffic


@pytest.fixture
def backed_up(ada: dict[str, Any], grantwell: Command, tmp_path: Path) -> Path:
    """A backup of a database with one user."""
    path = tmp_path / "backup.db"
    assert grantwell("backup", str(path)).code == 0
    return path


def emails(grantwell: Command) -> set[str]:
    return {user["email"] for user in grantwell("users", "list", "--json").json["users"]}


def add_bob(grantwell: Command) -> None:
    grantwell("users", "create", "--organization", "Acme", "--email", "bob@example.com", "--password", PASSWORD)


def copy(origin: Path, target: Path) -> str:
    """Copy a file into a directory that may not be there yet."""
    target.parent.mkdir(exist_ok=True)
    return str(shutil.copy(origin, target))


async def test_the_drill(tmp_path: Path, bare: Command) -> None:
    """Back up beside a running server, lose the machine, restore on another one, serve."""
    data, backup, keep = tmp_path / "data", tmp_path / "elsewhere" / "backup.db", tmp_path / "elsewhere" / "secret"
    data.mkdir()
    with serving(data) as server:
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            api = Api(http, API_KEY)
            client = await api.make_client()
            before = await api.log_in(client)
            async with Traffic(api, client) as traffic:
                await traffic.answers(40)
                copy(data / "secret.hex", keep)
                backed_up = await asyncio.to_thread(bare, "backup", str(backup), "--data-dir", str(data))
                assert backed_up.code == 0, backed_up.err
                await traffic.answers(20)
            after = await api.make_client(name="made after the backup")
        server.kill()
    shutil.rmtree(data)

    copy(keep, data / "secret.hex")
    restored = await asyncio.to_thread(bare, "restore", str(backup), "--data-dir", str(data), "--json")
    assert restored.json == {"database": str(data / "grantwell.db"), "backup": str(backup), "kept_as": None}
    with serving(data) as server:
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            api = Api(http, API_KEY)
            assert (await api.rotate(client, before["refresh_token"])).status_code == 200
            assert (await api.token(client, "client_credentials")).status_code == 200
            assert (await api.token(after, "client_credentials")).status_code == 401
            async with Traffic(api, client) as traffic:
                await traffic.answers(20)


def test_what_was_there_is_kept(backed_up: Path, grantwell: Command, data_dir: Path) -> None:
    add_bob(grantwell)
    said = grantwell("restore", str(backed_up), "--json").json
    assert emails(grantwell) == {EMAIL}
    assert Path(said["kept_as"]).parent == data_dir
    assert grantwell("restore", said["kept_as"]).code == 0
    assert emails(grantwell) == {EMAIL, "bob@example.com"}


def test_people_are_told_what_a_restore_undoes(backed_up: Path, grantwell: Command) -> None:
    said = grantwell("restore", str(backed_up)).out
    assert "What was revoked since then works again" in said
    assert "is kept as" in said


def test_a_restored_database_is_for_its_owner_only(backed_up: Path, grantwell: Command, data_dir: Path) -> None:
    backed_up.chmod(0o644)
    grantwell("restore", str(backed_up))
    assert (data_dir / "grantwell.db").stat().st_mode & 0o077 == 0


def test_changes_that_were_still_in_the_log_are_kept_and_not_mixed_in(
    backed_up: Path, grantwell: Command, data_dir: Path
) -> None:
    """A database whose server was killed has a part of itself in a file beside it."""
    with closing(sqlite3.connect(data_dir / "grantwell.db")) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE users SET email = 'new@example.com'")
        connection.commit()
        shutil.copy(data_dir / "grantwell.db-wal", data_dir / "copy-of-wal")
        shutil.copy(data_dir / "grantwell.db", data_dir / "copy-of-db")
    shutil.move(data_dir / "copy-of-wal", data_dir / "grantwell.db-wal")
    shutil.move(data_dir / "copy-of-db", data_dir / "grantwell.db")
    said = grantwell("restore", str(backed_up), "--json").json
    assert emails(grantwell) == {EMAIL}
    grantwell("restore", said["kept_as"])
    assert emails(grantwell) == {"new@example.com"}


def test_a_database_in_use_is_left_alone(backed_up: Path, grantwell: Command, serve: Serve) -> None:
    add_bob(grantwell)
    serve()
    result = grantwell("restore", str(backed_up))
    assert result.code == 1
    assert "another server" in result.err
    assert "bob@example.com" in emails(grantwell)


def test_a_backup_of_another_server_is_refused(
    backed_up: Path, grantwell: Command, data_dir: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    serve().end()
    assert grantwell("backup", str(backed_up)).code == 0
    add_bob(grantwell)
    monkeypatch.setenv("GRANTWELL_SECRET", bytes(range(32)).hex())
    result = grantwell("restore", str(backed_up))
    assert result.code == 1
    assert "the backup belongs to another server secret" in result.err
    monkeypatch.delenv("GRANTWELL_SECRET")
    assert "bob@example.com" in emails(grantwell)


def test_a_secret_that_is_missing_is_not_made_up(backed_up: Path, bare: Command, tmp_path: Path) -> None:
    result = bare("restore", str(backed_up), "--data-dir", str(tmp_path / "new"))
    assert result.code == 1
    assert f"there is no server secret at {tmp_path / 'new' / 'secret.hex'}" in result.err
    assert not (tmp_path / "new").exists()


def test_a_database_that_is_lost_with_its_directory_comes_back_under_a_secret_from_elsewhere(
    backed_up: Path, bare: Command, tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTWELL_SECRET", (data_dir / "secret.hex").read_text().strip())
    new = tmp_path / "new"
    assert bare("restore", str(backed_up), "--data-dir", str(new)).code == 0
    assert {user["email"] for user in bare("users", "list", "--data-dir", str(new), "--json").json["users"]} == {EMAIL}


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:16384] = b"\x55" * 8192
    path.write_bytes(content)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
        connection.commit()


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (damaged, "backup.db"),
        (newer, "from a newer release"),
        (foreign, "not a Grantwell database"),
        (lambda path: path.write_text("a letter"), "is not a backup that can be restored"),
        (lambda path: path.write_text(""), "run `grantwell migrate`"),
        (lambda path: path.unlink(), "there is no file"),
    ],
    ids=["damaged", "newer", "foreign", "no database", "empty", "missing"],
)
def test_what_is_no_backup_is_refused(
    backed_up: Path, grantwell: Command, spoil: Any, words: str, data_dir: Path
) -> None:
    spoil(backed_up)
    result = grantwell("restore", str(backed_up))
    assert result.code == 1
    assert words in result.err
    assert emails(grantwell) == {EMAIL}
    assert not [path for path in data_dir.iterdir() if "restored" in path.name or "before" in path.name]


def test_postgresql_is_restored_by_its_own_tools(
    backed_up: Path, grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTWELL_DATABASE_URL", "postgresql://127.0.0.1:1/grantwell")
    monkeypatch.setenv("GRANTWELL_SECRET", bytes(range(32)).hex())
    result = grantwell("restore", str(backed_up))
    assert result.code == 1
    assert "pg_restore" in result.err
