"""`grantwell audit tail`."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.conftest import EMAIL, PASSWORD, Command, Serve
from tests.support.processes import clean_environment


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
