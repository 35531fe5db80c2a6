"""The commands and programs of the documentation, run as they stand there against a real server.

A comment before a block of code says what it is: `run` is run in the reader's terminal, `run and allow` prints an
address that a person then opens, `prints` is what the block before it printed, `serve` starts the server, `server
prints` is what it says, and `log line` is what it logs of a request. `file` is written to the file that its first line
names, and `start` runs in a terminal of its own. In what is printed, `...` stands for anything.
"""

import json
import re
import shlex
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from tests.docs import opened_browser
from tests.docs.markdown import ROOT, Fence, fences_of, markdown_files
from tests.docs.person import allow
from tests.docs.programs import PROGRAM_PORT, Programs
from tests.docs.real_server import RealServer, environment, running
from tests.docs.shell import Shell

from grantwell.asgi.event import Event

LEADING = "http://127.0.0.1:8000"
MARKS = {"", "serve", "server prints", "run", "run and allow", "prints", "log line", "file", "start", "checked"}
# No mark, and that of blocks which another test reads.
NOT_RUN = ("", "checked")
DOCUMENTS = (
    "README.md",
    "docs/quick-start.md",
    "docs/telnyx-sdk.md",
    "docs/operations.md",
    "docs/rotate-a-client-secret.md",
    "docs/protect-an-api.md",
    "docs/protect-an-mcp-server.md",
    "docs/sdk.md",
    "docs/sdk-errors-and-retries.md",
    "docs/log-in-from-a-program.md",
    "docs/testing.md",
)


class Reader:
    """Follows a document, block by block."""

    def __init__(self, server: RealServer, shell: Shell, programs: Programs) -> None:
        self._server = server
        self._shell = shell
        self._programs = programs
        self._printed = ""
        # What a reader puts in where the document cannot know it.
        self._filled_in = {"gw_key_...": server.api_key}

    def follow(self, fence: Fence) -> None:
        text = fence.text.replace(LEADING, self._server.url).replace(PROGRAM_PORT, self._programs.port)
        if fence.mark == "serve":
            assert shlex.split(text)[-2:] == ["make", "serve"]
        elif fence.mark == "file":
            self._programs.write(self._filled(fence, text))
        elif fence.mark == "start":
            self._programs.start(text)
        elif fence.mark == "server prints":
            assert_printed(self._server.printed, text, fence.place)
        elif fence.mark == "prints":
            assert_printed(self._printed, text, fence.place)
        elif fence.mark == "log line":
            assert list(json.loads(text)) == list(Event.__struct_fields__)
        elif fence.mark in ("run", "run and allow"):
            self._printed = self._shell.run(self._as_command(fence, text))
        if fence.mark == "run and allow":
            server = self._server
            self._filled_in["gw_code_..."] = allow(self._printed, server.url, server.email, server.password)

    def _as_command(self, fence: Fence, text: str) -> str:
        text = self._filled(fence, text)
        return text if fence.language == "sh" else f"python -W error - <<'END_OF_PROGRAM'\n{text}\nEND_OF_PROGRAM"

    def _filled(self, fence: Fence, text: str) -> str:
        for blank, value in self._filled_in.items():
            text = text.replace(blank, value)
        assert "..." not in text, fence.place
        return text


def assert_printed(printed: str, pattern: str, place: str) -> None:
    expected = ".*?".join(re.escape(part) for part in pattern.strip().split("..."))
    assert re.fullmatch(expected, printed.strip(), re.DOTALL), f"{place} is not what was printed:\n{printed}"


def settings_in(fences: Iterable[Fence]) -> dict[str, str]:
    """What a document sets where it starts the server: `NAME=value make serve`."""
    words = [word for fence in fences if fence.mark == "serve" for word in shlex.split(fence.text)[:-2]]
    return dict(word.partition("=")[::2] for word in words)


def terminal(server: RealServer, home: Path) -> dict[str, str]:
    """The reader's environment: a home of their own, and a browser with the reader before it."""
    browser = opened_browser.command(server.email, server.password)
    return environment(HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), BROWSER=browser)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_works_exactly_as_written(name: str, tmp_path: Path) -> None:
    fences = fences_of(ROOT / name)
    assert any(fence.mark.startswith("run") for fence in fences)
    programs = Programs(tmp_path, environment())
    with (
        running(tmp_path / "grantwell-data", **settings_in(fences)) as server,
        Shell(tmp_path, terminal(server, tmp_path)) as shell,
        closing(programs),
    ):
        reader = Reader(server, shell, programs)
        for fence in fences:
            reader.follow(fence)


def test_no_block_is_marked_in_a_way_that_nobody_heeds() -> None:
    marks = {fence.place: fence.mark for path in markdown_files() for fence in fences_of(path)}
    assert {place: mark for place, mark in marks.items() if mark not in MARKS} == {}
    written = {path: path.read_text().count("\n<!-- run -->\n") for path in markdown_files()}
    found = {path: sum(fence.mark == "run" for fence in fences_of(path)) for path in markdown_files()}
    assert written == found


def test_whatever_is_marked_to_be_run_is_in_a_document_that_is_followed() -> None:
    followed = {ROOT / name for name in DOCUMENTS}
    marked = {path for path in markdown_files() if any(fence.mark not in NOT_RUN for fence in fences_of(path))}
    assert marked - followed == set()


def test_a_document_that_says_something_else_than_is_printed_is_noticed() -> None:
    assert_printed('{"active":true,"scope":"admin"}', '{"active":true,...}', "here")
    for other in ('{"active":false,...}', '{"active":true}', ""):
        with pytest.raises(AssertionError):
            assert_printed('{"active":true,"scope":"admin"}', other, "here")
