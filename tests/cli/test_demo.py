"""`grantwell demo`: the story is told, true, and leaves nothing behind."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Command

from grantwell.cli.demo.orders_api import OrdersApi
from grantwell.cli.demo.scene import Scene
from grantwell.cli.demo.server import Running, running_server

STORY = [
    "register",
    "authorize",
    "consent",
    "exchange",
    "call",
    "introspect",
    "refresh",
    "lose an answer",
    "replay",
    "revoke",
]


@pytest.fixture(autouse=True)
def own_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo's temporary directory lies in the test's, where nothing may be left of it."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert list(place.iterdir()) == []


def test_the_whole_story_is_one_object_for_programs(bare: Command) -> None:
    result = bare("demo", "--json")
    assert result.code == 0
    assert result.json["ok"] is True
    steps: dict[str, Any] = {step["name"]: step["facts"] for step in result.json["steps"]}
    assert list(steps) == STORY
    assert (steps["call"]["without_token"], steps["call"]["with_token"]) == (401, 200)
    assert steps["replay"]["answer"] == "invalid_grant"
    assert steps["replay"]["audited"].startswith("lineage.replayed: ")
    assert (steps["revoke"]["orders_before"], steps["revoke"]["orders_after"]) == (200, 401)


def test_people_are_told_every_step_and_no_whole_secret(bare: Command) -> None:
    told = bare("demo").out
    numbered = [line.strip() for line in told.splitlines() if line[:2].strip().isdigit()]
    assert numbered == [f"{number}. {name}" for number, name in enumerate(STORY, 1)]
    shown = [word for word in told.split() if word.startswith(("gw_", "eyJ"))]
    assert shown
    assert [word for word in shown if "..." not in word] == []


def test_the_demo_heeds_no_setting_of_this_machine(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWELL_DATABASE_URL", "postgresql://nobody@127.0.0.1/nothing")
    monkeypatch.setenv("GRANTWELL_API_KEY", "a key for another server")
    monkeypatch.setenv("GRANTWELL_NONSENSE", "1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert bare("demo", "--json").code == 0


def test_the_demo_fails_where_the_api_lets_everybody_in(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrdersApi, "admits", lambda _api, _authorization: True)
    result = bare("demo")
    assert result.code == 1
    assert "expected that the API admits the token, and nobody without one" in result.err


def test_the_demo_fails_where_the_server_asks_nobody(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scene, "challenge", lambda _scene: "too short")
    result = bare("demo")
    assert result.code == 1
    assert "expected that the browser is sent to the consent page" in result.err


def test_the_demo_fails_where_the_server_says_no(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scene, "challenge", lambda _scene: "the-challenge-of-another-verifier-012345678")
    result = bare("demo", "--json")
    assert result.code == 1
    assert "the demo went wrong: oauth.token: 400 invalid_grant" in result.json["error"]


def test_a_server_that_does_not_start_is_told_with_its_reason(bare: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grantwell.cli.demo.server.__name__", "grantwell.nothing")
    result = bare("demo")
    assert result.code == 1
    assert "the server did not start" in result.err
    assert "grantwell.nothing" in result.err


def test_the_server_ends_with_the_story(tmp_path: Path) -> None:
    running: list[Running] = []
    with running_server(tmp_path / "temporary") as server:
        running.append(server)
        assert (server.data_dir / "grantwell.db-wal").exists()
    assert not (running[0].data_dir / "grantwell.db-wal").exists()
    for path in sorted((tmp_path / "temporary").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
