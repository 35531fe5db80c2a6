"""`grantwell login`, `token`, `whoami` and `logout`, against a real server, with a person at the browser."""

import json
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError
from tests.cli.conftest import Command, Result

from grantwell.testing import GrantwellServer

TWO_SCOPES = ("--scope", "read", "--scope", "write")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this person's programs keep their settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.fixture(autouse=True)
def browsed(grantwell_server: GrantwellServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser was opened with; the person before it allows everything."""
    addresses: list[str] = []
    person = grantwell_server.browser()

    def open_browser(address: str) -> None:
        addresses.append(address)
        person(address)

    monkeypatch.setattr(webbrowser, "open", open_browser)
    return addresses


@pytest.fixture
def logged_in(bare: Command, grantwell_server: GrantwellServer) -> Result:
    result = bare("login", grantwell_server.url, *TWO_SCOPES, "--json")
    assert result.code == 0, result.err
    return result


def test_a_login_says_whose_it_is_and_what_for(grantwell_server: GrantwellServer, logged_in: Result) -> None:
    told = logged_in.json
    assert (told["server"], told["user_id"]) == (grantwell_server.url, grantwell_server.admin.user_id)
    assert told["scope"] == "read write"
    (grant,) = grantwell_server.sdk.oauth_grants.list().data
    assert (grant.client_id, grant.scopes) == (told["client_id"], ["read", "write"])


def test_the_token_that_is_printed_is_good_and_nothing_else_is_printed(
    bare: Command, grantwell_server: GrantwellServer, logged_in: Result
) -> None:
    printed = bare("token").out
    assert printed.count("\n") == 1
    assert grantwell_server.sdk.oauth.introspect(token=printed.strip()).active
    assert bare("token", "--json").json["access_token"] == printed.strip()
    assert printed.strip() not in logged_in.out + logged_in.err


def test_people_are_told_in_words(bare: Command, grantwell_server: GrantwellServer) -> None:
    result = bare("login", grantwell_server.url, *TWO_SCOPES)
    assert result.out.startswith("Logged in.\nserver")
    assert "read write" in bare("whoami").out
    assert bare("logout").out == f"Logged out of {grantwell_server.url}.\n"
    assert bare("logout").out == "Nobody was logged in.\n"


def test_the_login_lies_in_a_file_that_nobody_else_can_read(config: Path, logged_in: Result) -> None:
    path = config / "grantwell" / "token.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["client_id"] == logged_in.json["client_id"]


def test_the_same_client_asks_again_at_the_next_login(bare: Command, logged_in: Result) -> None:
    assert bare("login", logged_in.json["server"], "--json").json["client_id"] == logged_in.json["client_id"]


def test_a_resource_and_a_client_can_be_chosen(bare: Command, grantwell_server: GrantwellServer) -> None:
    client = grantwell_server.make_client(client_type="public")
    chosen = ("--resource", "https://api.example.com", "--client-id", client.client_id)
    told = bare("login", grantwell_server.url, *chosen, "--json").json
    assert (told["resource"], told["client_id"]) == ("https://api.example.com", client.client_id)
    token = bare("token").out.strip()
    assert grantwell_server.sdk.oauth.introspect(token=token).aud == "https://api.example.com"


def test_the_server_may_be_named_by_the_environment_and_with_its_base_path(
    bare: Command, grantwell_server: GrantwellServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTWELL_BASE_URL", f"{grantwell_server.url}/v2/")
    assert bare("login", "--json").json["server"] == grantwell_server.url


def test_several_logins_are_kept_in_several_files(bare: Command, tmp_path: Path, logged_in: Result) -> None:
    other = ("--token-file", str(tmp_path / "other.json"))
    assert bare("whoami", *other).code == 1
    assert bare("login", logged_in.json["server"], "--scope", "read", *other).code == 0
    assert bare("whoami", *other, "--json").json["scope"] == "read"
    assert bare("whoami", "--json").json["scope"] == "read write"


@pytest.mark.usefixtures("logged_in")
def test_whoami_asks_the_server_whether_the_login_still_is_one(
    bare: Command, grantwell_server: GrantwellServer
) -> None:
    assert bare("whoami", "--json").json["user_id"] == grantwell_server.admin.user_id
    (grant,) = grantwell_server.sdk.oauth_grants.list().data
    grantwell_server.sdk.oauth_grants.delete(grant.id)
    result = bare("whoami")
    assert result.code == 1
    assert "the server does not renew the token any more: log in again: grantwell login SERVER" in result.refusal


@pytest.mark.usefixtures("logged_in")
def test_after_a_logout_nothing_of_the_login_is_good_here_or_there(
    bare: Command, grantwell_server: GrantwellServer, config: Path
) -> None:
    token = bare("token").out.strip()
    assert bare("logout", "--json").json == {"logged_out": True, "server": grantwell_server.url}
    assert not grantwell_server.sdk.oauth.introspect(token=token).active
    assert not (config / "grantwell" / "token.json").exists()
    assert bare("token").refusal == "grantwell: nobody is logged in: grantwell login SERVER"


@pytest.mark.usefixtures("logged_in")
def test_a_logout_that_the_server_does_not_hear_is_told_and_forgotten_here(
    bare: Command, grantwell_server: GrantwellServer, config: Path
) -> None:
    grantwell_server.faults.answer(500, times=None, retry_after=0.001)
    result = bare("logout")
    assert result.code == 1
    assert "the login is forgotten here, but the server could not be told" in result.refusal
    assert not (config / "grantwell" / "token.json").exists()


@pytest.mark.usefixtures("logged_in")
def test_a_server_that_is_not_there_is_a_failure_and_no_traceback(
    bare: Command, grantwell_server: GrantwellServer
) -> None:
    grantwell_server.faults.answer(503, times=None, retry_after=0.001)
    result = bare("whoami")
    assert (result.code, "oauth.token: 503" in result.refusal) == (1, True)


def test_a_person_who_says_no_is_not_logged_in(
    bare: Command, grantwell_server: GrantwellServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", grantwell_server.browser(allowed=False))
    result = bare("login", grantwell_server.url)
    assert (result.code, "access_denied" in result.refusal) == (1, True)
    assert bare("token").code == 1


def test_a_browser_that_does_not_open_leaves_an_address_to_open(
    grantwell_server: GrantwellServer, config: Path
) -> None:
    command = (sys.executable, "-m", "grantwell", "login", grantwell_server.url, "--no-browser", "--json")
    with subprocess.Popen(
        command, env={"XDG_CONFIG_HOME": str(config)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        shown = next(line.strip() for line in process.stderr if line.strip().startswith("http"))
        grantwell_server.browser()(shown)
        out, _ = process.communicate(timeout=30)
    assert json.loads(out)["user_id"] == grantwell_server.admin.user_id


def test_without_a_browser_none_is_opened(bare: Command, grantwell_server: GrantwellServer, browsed: list[str]) -> None:
    result = bare("login", grantwell_server.url, "--no-browser", "--timeout", "1")
    assert (result.code, browsed) == (1, [])
    assert "nobody came back from the browser within 1 s" in result.refusal


class Drawer(KeyringBackend):
    """A keyring of this test's own."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedDrawer(Drawer):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringError("the keyring is locked")


@pytest.fixture
def use_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyringBackend], Any]:
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda backend: monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


def test_the_login_can_be_kept_in_the_keyring(
    bare: Command, grantwell_server: GrantwellServer, config: Path, use_keyring: Callable[[KeyringBackend], Any]
) -> None:
    drawer = Drawer()
    use_keyring(drawer)
    assert bare("login", grantwell_server.url, "--keyring").code == 0
    assert list(drawer.kept) == [("grantwell", "cli")]
    assert not config.exists()
    assert bare("whoami", "--keyring", "--json").json["server"] == grantwell_server.url
    assert bare("logout", "--keyring").code == 0
    assert drawer.kept == {}


def test_a_keyring_that_does_not_open_is_told(bare: Command, use_keyring: Callable[[KeyringBackend], Any]) -> None:
    use_keyring(LockedDrawer())
    result = bare("whoami", "--keyring")
    assert (result.code, result.refusal) == (1, "grantwell: the keyring is locked")


def test_a_login_is_kept_in_one_place(bare: Command, tmp_path: Path) -> None:
    result = bare("token", "--keyring", "--token-file", str(tmp_path / "token.json"))
    assert (result.code, "are two places" in result.refusal) == (1, True)


@pytest.mark.parametrize("server", ["nonsense", "ftp://auth.example.com"])
def test_an_address_that_is_none_is_refused(bare: Command, server: str) -> None:
    result = bare("login", server)
    assert (result.code, "must be an absolute http or https address" in result.refusal) == (1, True)


def test_commands_that_call_no_server_load_no_http_client() -> None:
    program = "import sys, grantwell.cli.program; print({'httpx', 'grantwell.sdk'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout == "set()\n"
