"""`grantwell move` with so many rows that it takes a while: it is killed, and people watch it."""

import asyncio
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.cli.conftest import Command
from tests.support.postgresql import cluster
from tests.support.processes import clean_environment

from grantwell.storage.move import BATCH
from grantwell.storage.postgresql_schema import schema_status

EVENTS = 12 * BATCH
# An audit log as of some years.
FILL = f"""INSERT INTO audit_events
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {EVENTS})
    SELECT 'event ' || n, n, 'test', 'org', 'user', '', 'client', 'request', '192.0.2.1', '', '' FROM counted"""


@pytest.fixture
def url(ada: dict[str, Any], data_dir: Path) -> str:
    """The address of an empty database; the one to move has many rows."""
    with closing(sqlite3.connect(data_dir / "grantwell.db")) as connection:
        connection.execute(FILL)
        connection.commit()
    return cluster().empty()


def command(url: str, data_dir: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "grantwell", "move", "--to", url, "--data-dir", str(data_dir), *more]


async def arrived(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT COUNT(*) FROM audit_events"))
    except asyncpg.UndefinedTableError:
        return 0
    finally:
        await connection.close()


async def killed_in_mid_move(url: str, data_dir: Path, at: int) -> None:
    """Move until some more rows have arrived, and end it as hard as can be."""
    moving = await asyncio.create_subprocess_exec(
        *command(url, data_dir), env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    async with asyncio.timeout(60):
        while await arrived(url) < at:
            assert moving.returncode is None
    moving.kill()
    await moving.wait()


async def test_a_move_that_is_killed_goes_on_and_is_served_by_nobody_before(
    url: str, data_dir: Path, bare: Command
) -> None:
    for part in (1, 5):
        await killed_in_mid_move(url, data_dir, part * BATCH)
        assert (await schema_status(url)).state == "moving"
    moved = await asyncio.to_thread(bare, "move", "--to", url, "--data-dir", str(data_dir), "--json")
    assert moved.code == 0, moved.err
    rows = {each["table"]: each["rows"] for each in moved.json["tables"]}
    assert rows["audit_events"] == await arrived(url) > EVENTS
    assert (await schema_status(url)).state == "current"


def shown(url: str, data_dir: Path, *more: str) -> str:
    """What a person at a terminal sees of a whole move, besides its last words."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(url, data_dir, *more),
        env=clean_environment() | {"TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as moving:
        os.close(theirs)
        seen = b"".join(pieces(ours))
    os.close(ours)
    assert moving.returncode == 0, seen
    return seen.decode()


def pieces(terminal: int) -> Iterator[bytes]:
    try:
        while piece := os.read(terminal, 65536):
            yield piece
    except OSError:  # so ends a terminal at whose other end nobody is any more
        return


def test_people_see_how_far_it_is_and_which_table(url: str, data_dir: Path) -> None:
    seen = shown(url, data_dir)
    shares = [int(share) for share in re.findall(r"(\d+)%", seen)]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert len(set(shares)) > 3
    assert "audit_events" in seen


def test_programs_see_no_bar(url: str, data_dir: Path) -> None:
    assert shown(url, data_dir, "--json") == ""
