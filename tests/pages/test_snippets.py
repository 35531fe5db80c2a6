"""The programs on a client's page run as they stand there; and whatever a client says, they run nothing else."""

import asyncio
import json
import os
import re
import shlex
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from tests.browser.web import listen, serving
from tests.conftest import StartServer
from tests.support.actors import Client, bearer
from tests.support.api import body_of
from tests.support.server import Server

from grantwell.pages.console.clients.snippets import uses_of
from grantwell.sdk.types import OAuthClient

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
A_CLIENT = OAuthClient(
    record_type="oauth_client",
    client_id="client-1",
    name="Example",
    org_id="org-1",
    user_id="user-1",
    client_type="confidential",
    require_pkce=True,
    created_at=MOMENT,
    updated_at=MOMENT,
    allowed_scopes=["admin"],
    allowed_grant_types=["authorization_code", "client_credentials"],
    redirect_uris=["https://client.example/callback"],
)
RUN = {
    "curl": ("bash", "program.sh"),
    "Python": (sys.executable, "program.py"),
    "Node": ("node", "program.mjs"),
}


@pytest_asyncio.fixture
async def live(start_server: StartServer) -> AsyncIterator[Server]:
    """The server under test at http://127.0.0.1 and a free port."""
    listening = listen()
    server = await start_server(issuer=f"http://127.0.0.1:{listening.getsockname()[1]}")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(server, listening, None))
        yield server


def snippet(client: OAuthClient, issuer: str, use: str, language: str) -> str:
    (text,) = [
        snippet.text
        for each in uses_of(client, issuer)
        for snippet in each.snippets
        if (each.key, snippet.language) == (use, language)
    ]
    return text


def without_placeholder(text: str) -> str:
    """The secret is in the environment already."""
    return text.replace("export CLIENT_SECRET='put the secret here'\n", "")


async def start(directory: Path, language: str, text: str, secret: str) -> asyncio.subprocess.Process:
    program, file = RUN[language]
    (directory / file).write_text(without_placeholder(text))
    environ = os.environ | {"CLIENT_SECRET": secret, "PYTHONUNBUFFERED": "1"}
    return await asyncio.create_subprocess_exec(
        program, file, cwd=directory, env=environ, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def finish(running: asyncio.subprocess.Process, typed: str = "") -> str:
    said, complaints = await asyncio.wait_for(running.communicate(typed.encode()), 60)
    assert running.returncode == 0, complaints.decode()
    return said.decode()


def token_in(said: str) -> str:
    (token,) = set(re.findall(r"eyJ[\w.-]+", said))
    return str(token)


def as_shown(client: Client, **fields: object) -> OAuthClient:
    return replace(A_CLIENT, client_id=client.client_id, redirect_uris=[client.redirect_uri], **fields)  # type: ignore[arg-type] # the fields are the class's own


@pytest.mark.parametrize("language", RUN)
async def test_a_program_for_the_client_itself_gets_a_token(live: Server, tmp_path: Path, language: str) -> None:
    client = await live.make_client()
    text = snippet(as_shown(client), live.app.settings.issuer, "itself", language)
    said = await finish(await start(tmp_path, language, text, client.client_secret or ""))
    assert await live.is_live(token_in(said))


@pytest.mark.parametrize("kind", ["confidential", "public"])
@pytest.mark.parametrize("language", RUN)
async def test_a_program_for_a_person_gets_a_token(live: Server, tmp_path: Path, language: str, kind: str) -> None:
    client = await live.make_client(client_type=kind, allowed_grant_types=["authorization_code"])
    text = snippet(as_shown(client, client_type=kind), live.app.settings.issuer, "person", language)
    running = await start(tmp_path, language, text, client.client_secret or "")
    assert running.stdout is not None
    found = None
    said = ""
    while found is None:
        chunk = await asyncio.wait_for(running.stdout.read(4096), 60)
        assert chunk, said
        said += chunk.decode()
        found = re.search(r"http://127[^\s]*/oauth/authorize\?\S+\s", said)
    came_to = await allow(live, found[0].strip())
    typed = re.search(r"[?&]code=([^&]+)", came_to) if language == "curl" else None
    said = await finish(running, f"{typed[1] if typed else came_to}\n")
    assert await live.is_live(token_in(said))


async def allow(server: Server, address: str) -> str:
    """What a person does in a browser: where they come back to."""
    asked = await server.http.get(address)
    assert asked.status_code == 302, asked.text
    token = asked.headers["location"].partition("consent_token=")[2].partition("&")[0]
    answer = await server.http.post(
        "/v2/oauth/grants", json={"allowed": True, "consent_token": token}, headers=bearer(server.api_key)
    )
    return str(body_of(answer)["redirect_uri"])


HOSTILE = "https://client.example/?a='$(touch owned)'&b=`touch owned`;touch${IFS}owned"


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_what_a_client_says_stays_a_value_in_every_language(kind: str) -> None:
    client = replace(A_CLIENT, client_type=kind, redirect_uris=[HOSTILE], client_id="x'; touch owned; '")
    for use in uses_of(client, "https://auth.example"):
        for each in use.snippets:
            assert "@@" not in each.text
            if each.language == "curl":
                words = shlex.split(each.text.replace("$(", "(").replace("\\\n", " "), comments=False)
                assert f"redirect_uri={HOSTILE.replace('$(', '(')}" in words or use.key == "itself"
                assert "touch" not in words
            else:
                rest = each.text.replace(json.dumps(HOSTILE), "").replace(json.dumps(client.client_id), "")
                assert "touch" not in rest


async def test_a_hostile_redirect_uri_is_not_run_by_the_shell(live: Server, tmp_path: Path) -> None:
    client = replace(A_CLIENT, client_type="public", redirect_uris=[HOSTILE])
    text = snippet(client, live.app.settings.issuer, "person", "curl")
    before = files_in(tmp_path)
    running = await start(tmp_path, "curl", text, "")
    await asyncio.wait_for(running.communicate(b"none\n"), 60)
    assert files_in(tmp_path) - before == {"program.sh"}


def files_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_public_client_is_shown_no_program_that_needs_a_secret() -> None:
    assert [each.key for each in uses_of(replace(A_CLIENT, client_type="public"), "https://auth.example")] == ["person"]


def test_a_client_that_may_do_nothing_is_shown_no_program() -> None:
    assert uses_of(replace(A_CLIENT, allowed_grant_types=[]), "https://auth.example") == ()
    (only,) = uses_of(replace(A_CLIENT, allowed_grant_types=["client_credentials"]), "https://auth.example")
    assert [each.language for each in only.snippets] == ["curl", "Python", "Node", "Go"]
