"""`grantwell audit tail` and `export`."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import EMAIL, PASSWORD, Command, Serve
from tests.support.processes import clean_environment

from grantwell.cli import audit


def test_the_last_events_come_oldest_first(ada: dict[str, Any], grantwell: Command) -> None:
    grantwell("users", "disable", EMAIL)
    events = grantwell("audit", "tail", "--json").json["events"]
    assert "user.disabled" in [event["kind"] for event in events]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert grantwell("audit", "tail", "-n", "1", "--json").json["events"] == events[-1:]
    assert grantwell("audit", "tail", "-n", "0", "--json").json["events"] == []


def test_people_get_a_line_for_each_event(ada: dict[str, Any], grantwell: Command) -> None:
    lines = grantwell("audit", "tail").out.splitlines()
    assert len(lines) == 3
    assert any(f"user.created subject={ada['user_id']} actor=cli" in line for line in lines)


def test_what_happens_on_a_running_server_is_told_with_its_reason_and_without_its_secrets(
    ada: dict[str, Any], serve: Serve, grantwell: Command
) -> None:
    serve().http.post("/v2/sessions", json={"email": EMAIL, "password": "a wrong password"})
    said = grantwell("audit", "tail", "--json")
    (refused,) = (event for event in said.json["events"] if event["kind"] == "user.sign_in_refused")
    assert (refused["reason"], refused["subject"]) == ("sign_in_wrong_password", ada["user_id"])
    assert "a wrong password" not in said.out


def test_following_tells_each_event_once_as_it_comes(
    ada: dict[str, Any], serve: Serve, grantwell: Command, data_dir: Path
) -> None:
    server = serve()
    before = len(grantwell("audit", "tail", "--json").json["events"])
    command = [sys.executable, "-m", "grantwell", "audit", "tail", "-f", "--json", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        told = [json.loads(following.stdout.readline()) for _ in range(before)]
        for _ in range(2):
            server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
            told.append(json.loads(following.stdout.readline()))
        following.send_signal(signal.SIGINT)
        assert following.stdout.read() == ""
        assert following.wait(timeout=30) == 130
    assert [event["kind"] for event in told[before:]] == ["user.signed_in", "user.signed_in"]
    assert len({event["event_id"] for event in told}) == len(told)


def exported(grantwell: Command, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in grantwell("audit", "export", "--json", *options).out.splitlines()]


def test_an_export_has_every_event_once_on_a_line_of_its_own(
    ada: dict[str, Any], grantwell: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        grantwell("users", "disable", EMAIL)
    monkeypatch.setattr(audit, "EXPORTED_AT_ONCE", 2)
    found = exported(grantwell)
    assert len(found) == 7
    assert len({event["event_id"] for event in found}) == 7
    assert [event["at"] for event in found] == sorted(event["at"] for event in found)
    tail = grantwell("audit", "tail", "--json").json["events"]
    assert sorted(tail, key=lambda each: str(each["event_id"])) == sorted(found, key=lambda each: str(each["event_id"]))


def test_an_export_can_be_narrowed_in_time(ada: dict[str, Any], grantwell: Command) -> None:
    today = exported(grantwell)[0]["at"][:10]
    assert len(exported(grantwell, "--since", today)) == 3
    assert exported(grantwell, "--until", today) == exported(grantwell, "--since", "2999-01-01") == []
    assert len(exported(grantwell, "--since", "2000-01-01T00:00:00Z", "--until", "2999-01-01")) == 3
    assert grantwell("audit", "export", "--since", "yesterday").code == 2
    assert len(grantwell("audit", "export").out.splitlines()) == 3
