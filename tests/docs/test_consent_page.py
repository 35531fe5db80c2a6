"""The consent page of examples/consent_page, as docs/own-consent-page.md tells to run it, and the duties it has."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.docs.markdown import ROOT
from tests.docs.person import Browser, form_with, parameters_of
from tests.docs.real_server import COMMANDS, RealServer, environment, running
from tests.support.processes import free_port

PROGRAM = ROOT / "examples" / "consent_page" / "consent_page.py"
CALLBACK = "https://client.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
EMAIL, PASSWORD = "ada@example.com", "a password of the page's own"


class Site:
    """The page and its server."""

    def __init__(self, origin: str, server: RealServer) -> None:
        self.origin = origin
        self.server = server

    def register(self) -> str:
        metadata = {
            "client_name": "<b>Sneaky</b>",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        made = httpx.post(f"{self.server.url}/v2/oauth/register", json=metadata)
        return str(made.json()["client_id"])

    def authorize(self, client_id: str) -> str:
        parameters = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "state": "a-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.server.url}/v2/oauth/authorize?{httpx.QueryParams(parameters)}"

    def browser(self) -> Browser:
        return Browser(self.server.url, self.origin)


def make_key(server: RealServer) -> str:
    """A user of the server, with a key that can consent and nothing else: as the how-to says."""
    operate(server, "users", "create", "--organization", "Main", "--email", EMAIL)
    words = ("keys", "create", "--user", EMAIL, "--name", "consent page", "--capability", "consent")
    return operate(server, *words)["api_key"]


def operate(server: RealServer, *words: str) -> dict[str, str]:
    """Run a command beside the server."""
    command = [str(COMMANDS / "grantwell"), *words, "--data-dir", str(server.data_dir), "--json"]
    done = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    told: dict[str, str] = json.loads(done.stdout)
    return told


def hash_password() -> str:
    words = [sys.executable, str(PROGRAM), "hash"]
    return subprocess.run(words, input=f"{PASSWORD}\n", capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("consent-page")
    origin = f"http://127.0.0.1:{free_port()}"
    with running(folder / "grantwell-data", GRANTWELL_CONSENT_URL=f"{origin}/consent") as server:
        people = folder / "people.json"
        people.write_text(json.dumps({EMAIL: {"password": hash_password(), "api_key": make_key(server)}}))
        yield from serving(origin, server, people)


def serving(origin: str, server: RealServer, people: Path) -> Iterator[Site]:
    settings = {
        "CONSENT_PAGE_SERVER": f"{server.url}/v2",
        "CONSENT_PAGE_ORIGIN": origin,
        "CONSENT_PAGE_PEOPLE": str(people),
    }
    process = subprocess.Popen(
        [sys.executable, "-u", str(PROGRAM)], env=os.environ | settings, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        # uvicorn says on standard error when it is there.
        assert any("running on" in line for line in process.stderr)
        yield Site(origin, server)
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def signed_in(browser: Browser, site: Site, client_id: str) -> httpx.Response:
    """The consent page, for somebody who has just signed in."""
    signing_in = browser.open(site.authorize(client_id))
    assert str(signing_in.url).startswith(f"{site.origin}/consent?consent_token=")
    return browser.send(signing_in, "password", email=EMAIL, password=PASSWORD)


def test_a_person_allows_and_the_client_gets_its_tokens(site: Site) -> None:
    client_id = site.register()
    with site.browser() as browser:
        page = signed_in(browser, site, client_id)
        assert "client.example" in page.text
        answer = parameters_of(browser.send(page, "consent_token", decision="allow"))
    assert answer["state"] == "a-state"
    assert answer["iss"] == site.server.url
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": answer["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    tokens = httpx.post(f"{site.server.url}/v2/oauth/token", data=form)
    assert tokens.status_code == 200
    assert tokens.json()["refresh_token"]


def test_a_person_denies_and_the_client_is_told(site: Site) -> None:
    with site.browser() as browser:
        page = signed_in(browser, site, site.register())
        answer = parameters_of(browser.send(page, "consent_token", decision="deny"))
    assert answer["error"] == "access_denied"
    assert "code" not in answer


def test_a_wrong_password_signs_nobody_in(site: Site) -> None:
    with site.browser() as browser:
        page = browser.open(site.authorize(site.register()))
        refused = browser.send(page, "password", email=EMAIL, password="another one")
        assert refused.status_code == 422
        again = browser.open(site.authorize(site.register()))
        assert form_with(again, "password")


def test_no_other_site_can_frame_the_page(site: Site) -> None:
    with site.browser() as browser:
        pages = [browser.open(site.authorize(site.register())), signed_in(browser, site, site.register())]
    for page in pages:
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"


def test_a_form_from_another_site_decides_nothing(site: Site) -> None:
    with site.browser() as browser:
        page = signed_in(browser, site, site.register())
        address, fields = form_with(page, "consent_token")
        allow = fields | {"decision": "allow"}
        forged = browser.http.post(address, data=allow, headers={"Origin": "https://evil.example"})
        guessed = browser.http.post(address, data=allow | {"form_token": "0" * 64})
        assert [forged.status_code, guessed.status_code] == [403, 403]


def test_another_browser_cannot_answer_what_this_one_was_asked(site: Site) -> None:
    with site.browser() as one, site.browser() as other:
        page = signed_in(one, site, site.register())
        signed_in(other, site, site.register())
        address, fields = form_with(page, "consent_token")
        assert other.http.post(address, data=fields | {"decision": "allow"}).status_code == 403
        assert parameters_of(one.send(page, "consent_token", decision="allow"))["code"]


def test_a_form_answers_only_the_request_that_it_was_shown_with(site: Site) -> None:
    with site.browser() as browser:
        first = signed_in(browser, site, site.register())
        second = browser.open(site.authorize(site.register()))
        address, fields = form_with(first, "consent_token")
        swapped = fields | {"consent_token": form_with(second, "consent_token")[1]["consent_token"]}
        assert browser.http.post(address, data=swapped | {"decision": "allow"}).status_code == 403


def test_the_session_is_a_new_one_after_signing_in(site: Site) -> None:
    with site.browser() as browser:
        page = browser.open(site.authorize(site.register()))
        before = browser.http.cookies["consent_page"]
        browser.send(page, "password", email=EMAIL, password=PASSWORD)
        assert browser.http.cookies["consent_page"] != before


def test_whatever_a_client_says_of_itself_is_shown_as_text(site: Site) -> None:
    with site.browser() as browser:
        page = signed_in(browser, site, site.register())
    assert "&lt;b&gt;Sneaky&lt;/b&gt;" in page.text
    assert "<b>" not in page.text


def test_what_is_no_consent_token_leads_nowhere(site: Site) -> None:
    with site.browser() as browser:
        signed_in(browser, site, site.register())
        for token in ("", "../../oauth_clients", "a b", "%2e%2e"):
            answer = browser.http.get(f"{site.origin}/consent", params={"consent_token": token})
            assert answer.status_code == 400
