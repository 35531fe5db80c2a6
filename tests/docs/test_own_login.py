"""The program of examples/own_login, as docs/own-login.md tells to run it, and the duties it has."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.docs.markdown import ROOT
from tests.docs.person import Browser, form_with
from tests.docs.real_server import RealServer, running
from tests.docs.test_consent_page import operate
from tests.support.processes import free_port

PROGRAM = ROOT / "examples" / "own_login" / "own_login.py"
EMAIL, PASSWORD = "ada@example.com", "a password of the page's own"


class Login:
    """The page and its server."""

    def __init__(self, origin: str, server: RealServer) -> None:
        self.origin = origin
        self.server = server

    def browser(self) -> Browser:
        return Browser(self.server.url, self.origin)

    def asked(self, browser: Browser, path: str = "/account/sessions", email: str = EMAIL) -> httpx.Response:
        """What Grantwell asks somebody who wanted to go to a path, and has signed in."""
        page = browser.open(self.server.url + path)
        assert str(page.url).startswith(f"{self.origin}/sign-in?return_to=")
        return browser.send(page, "password", email=email, password=PASSWORD)


def prepare(server: RealServer, folder: Path) -> str:
    """The people and the key of the how-to."""
    operate(server, "users", "create", "--organization", "Main", "--role", "admin", "--email", "login@example.com")
    words = ("keys", "create", "--user", "login@example.com", "--name", "own login", "--capability", "sessions")
    key = operate(server, *words)["api_key"]
    operate(server, "users", "create", "--organization", "Main", "--email", EMAIL)
    hashed = subprocess.run(
        [sys.executable, str(PROGRAM), "hash"], input=f"{PASSWORD}\n", capture_output=True, check=True, text=True
    ).stdout.strip()
    (folder / "people.json").write_text(f'{{"{EMAIL}": "{hashed}", "stranger@example.com": "{hashed}"}}')
    return key


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    folder = tmp_path_factory.mktemp("own-login")
    origin = f"http://127.0.0.1:{free_port()}"
    with running(folder / "grantwell-data", GRANTWELL_SIGN_IN_URL=f"{origin}/sign-in") as server:
        settings = {
            "OWN_LOGIN_SERVER": f"{server.url}/v2",
            "OWN_LOGIN_ORIGIN": origin,
            "OWN_LOGIN_KEY": prepare(server, folder),
            "OWN_LOGIN_PEOPLE": str(folder / "people.json"),
        }
        process = subprocess.Popen(
            [sys.executable, "-u", str(PROGRAM)], env=os.environ | settings, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        try:
            # uvicorn says on standard error when it is there.
            assert any("running on" in line for line in process.stderr)
            yield Login(origin, server)
        finally:
            process.terminate()
            process.wait()
            process.stderr.close()


def test_somebody_signs_in_there_is_asked_here_and_comes_to_where_they_wanted_to_go(login: Login) -> None:
    with login.browser() as browser:
        asked = login.asked(browser)
        assert f"Continue as {EMAIL}?" in asked.text
        assert "grantwell_session" not in browser.http.cookies
        arrived = browser.send(asked, "ticket")
        assert str(arrived.url) == f"{login.server.url}/account/sessions"
        assert EMAIL in arrived.text


def test_a_link_that_was_followed_once_leads_nobody_in_again(login: Login) -> None:
    with login.browser() as browser, login.browser() as other:
        asked = login.asked(browser)
        browser.send(asked, "ticket")
        again = other.open(str(asked.url))
        assert again.status_code == 422
        assert "grantwell_session" not in other.http.cookies


def test_a_wrong_password_gets_no_ticket(login: Login) -> None:
    with login.browser() as browser:
        page = browser.open(f"{login.server.url}/account/sessions")
        refused = browser.send(page, "password", email=EMAIL, password="another one")
        assert refused.status_code == 422
        assert str(refused.url).startswith(login.origin)


def test_who_is_no_user_of_the_server_is_told_that_it_does_not_go_on(login: Login) -> None:
    with login.browser() as browser:
        answer = login.asked(browser, email="stranger@example.com")
        assert answer.status_code == 503
        assert "cannot go on" in answer.text


def test_nobody_is_sent_to_another_site(login: Login) -> None:
    with login.browser() as browser:
        for elsewhere in ("https://evil.example/", "//evil.example"):
            page = browser.open(f"{login.origin}/sign-in?return_to={elsewhere}")
            answer = browser.send(page, "password", email=EMAIL, password=PASSWORD)
            assert (answer.status_code, str(answer.url).startswith(login.origin)) == (503, True)


def test_another_sites_form_signs_nobody_in(login: Login) -> None:
    with login.browser() as victim, login.browser() as attacker:
        victim.open(f"{login.origin}/sign-in")
        address, fields = form_with(attacker.open(f"{login.origin}/sign-in"), "password")
        sent = fields | {"email": EMAIL, "password": PASSWORD}
        assert victim.http.post(address, data=sent).status_code == 403
        own = form_with(victim.open(f"{login.origin}/sign-in"), "password")[1]
        forged = victim.http.post(address, data=own | sent, headers={"Origin": "https://evil.example"})
        assert forged.status_code == 403


def test_an_operator_still_gets_in_with_a_password(login: Login) -> None:
    with login.browser() as browser:
        page = browser.open(f"{login.server.url}/sign-in?here")
        arrived = browser.send(page, "password", email=login.server.email, password=login.server.password)
        assert str(arrived.url) == f"{login.server.url}/"
        assert login.server.email in arrived.text
