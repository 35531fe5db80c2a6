"""What the log lines of a whole conversation, and the audit log, do not say."""

import io
import json
import re
from typing import Any, Literal

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import VERIFIER, Client, Json, bearer
from tests.support.api import body_of
from tests.support.server import API_KEY, EMAIL, PASSWORD, Server

from grantwell.asgi.access_log import AccessLog
from grantwell.storage.backend import SqlBackend
from grantwell.storage.schema import TABLES
from grantwell.storage.statement import CATALOGUE, Statement

STATE = "state-that-is-nobodys-business"


async def converse(server: Server) -> tuple[Client, set[str]]:
    """Everything that a client and a person do, once well and once badly; and the strings that nobody may log."""
    client = await server.make_client()
    consent_token = await server.consent_token(client, state=STATE)
    for method in ("GET", "POST", "OPTIONS", "HEAD", "PATCH"):
        await server.manage(method, f"/oauth/consent/{consent_token}")
        await server.manage(method, f"/oauth/consent/{consent_token}", headers={"Host": "evil.example"})
    code = (await server.decide(consent_token)).json()["redirect_uri"].partition("code=")[2].partition("&")[0]
    tokens = await server.exchange(client, code)
    renewed = await server.refresh(client, tokens["refresh_token"])
    own = await server.client_token(client, basic=True)
    await server.introspect(client, renewed["access_token"])
    await server.manage("GET", "/oauth_clients", key=own)
    await server.redeem(client, code)
    await server.rotate(client, renewed["refresh_token"])
    await server.authorize(client, state=STATE, scope="unheard-of")
    await server.authorize(client, state=STATE, redirect_uri="https://evil.example/")
    await server.http.post("/v2/sessions", json={"email": EMAIL, "password": "wrong-password-of-a-person"})
    signed_in = await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    session = body_of(signed_in, 201)["session"]
    acting = body_of(await server.http.post("/v2/sessions/token", json={"session": session}))["access_token"]
    await server.http.get("/v2/oauth_grants", headers=bearer(acting))
    await server.http.get("/consent", params={"consent_token": consent_token})
    secrets = {
        *(API_KEY, PASSWORD, STATE, VERIFIER, "wrong-password-of-a-person", client.client_secret or ""),
        *(consent_token, code, session, own, acting),
        *(each[name] for each in (tokens, renewed) for name in ("access_token", "refresh_token")),
    }
    # A part of a token is enough to tell that it was written down.
    return client, secrets | {part for secret in secrets for part in secret.split(".")[1:] if len(part) > 8}


@requirement("attacks.secrets-in-logs")
@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_secret_no_token_and_no_state_reaches_a_log_line(
    start_server: StartServer, form: Literal["text", "json"], capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    stream = io.StringIO()
    log = AccessLog(form, stream)
    server = await start_server(sink=log, log_format=form)
    client, secrets = await converse(server)
    log.flush()
    written = stream.getvalue()
    assert client.client_id in written or form == "text"
    assert written.count("\n") > 25
    everything = written + "".join(capfd.readouterr()) + caplog.text
    assert [secret for secret in secrets if secret in everything] == []
    # Nor do the first characters of a path that ends in a token.
    assert written.count("/oauth/consent/") == written.count("/oauth/consent/{consent_token}") > 5


@requirement("attacks.secrets-in-audit")
async def test_no_secret_no_token_and_no_state_reaches_the_audit_log(server: Server) -> None:
    _, secrets = await converse(server)
    audited = "\n".join(map(str, await server.audited()))
    assert "consent.allowed" in audited
    assert [secret for secret in secrets if secret in audited] == []


@requirement("attacks.secrets-at-rest")
async def test_nothing_presentable_is_stored(server: Server) -> None:
    _, secrets = await converse(server)
    files = [path for path in server.app.settings.data_dir.rglob("*") if path.is_file()]
    stored = repr(await rows_of(server)).encode() + b"".join(path.read_bytes() for path in files)
    assert b"consent.allowed" in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []


async def rows_of(server: Server) -> list[Any]:
    """Every row of every table."""
    assert isinstance(server.backend, SqlBackend)
    tables = re.findall(r"CREATE TABLE (\w+)", " ".join(TABLES))
    assert len(tables) > 10
    found: list[Any] = []
    for table in tables:
        everything = Statement(f"every_{table}", f"SELECT * FROM {table}")
        # The catalogue is of the statements that the server asks.
        del CATALOGUE[everything.name]
        found += await server.backend.scan(everything, ())
    return found


@requirement("attacks.log-injection")
@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_path_or_a_client_id_makes_no_line_of_its_own(
    start_server: StartServer, form: Literal["text", "json"]
) -> None:
    stream = io.StringIO()
    log = AccessLog(form, stream)
    server = await start_server(sink=log)
    await server.http.get("/v2/x%0a12:00:00%20200%20GET%20%22/forged%22%1b[31m")
    await server.token(Client("x\n12:00:00 200 GET", "y"), "client_credentials")
    log.flush()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    if form == "json":
        events: list[Json] = [json.loads(line) for line in lines]
        assert [event["status"] for event in events] == [404, 401]


@requirement("attacks.audit-complete")
async def test_the_audit_log_tells_who_did_what_with_which_credential(server: Server) -> None:
    client, _ = await converse(server)
    events = await server.audited()
    kinds = {event.kind for event in events}
    assert {
        *("client.created", "consent.allowed", "lineage.replayed", "user.signed_in", "user.sign_in_refused"),
        *("signing_key.created", "user.created"),
    } <= kinds
    (allowed,) = [event for event in events if event.kind == "consent.allowed"]
    assert allowed.subject == client.client_id
    assert allowed.actor.startswith("user_")
    assert allowed.credential.startswith("api_key ")
    assert allowed.address == "192.0.2.1"
    assert allowed.request_id in {event.request_id for event in server.events}
