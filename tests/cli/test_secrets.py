"""`grantwell secrets`: the server's secret is changed while it serves, and no token fails because of it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Command, Result
from tests.support.api import Api
from tests.support.real_server import RealServer, serving
from tests.support.server import API_KEY

from grantwell.protocol.server_secrets import key_id

OLD, NEW = os.urandom(32), os.urandom(32)
DAY = 86400


def listed(*secrets: bytes) -> str:
    return ",".join(secret.hex() for secret in secrets)


@asynccontextmanager
async def served(directory: Path, *secrets: bytes) -> AsyncIterator[Api]:
    """A server with these secrets, as a client sees it."""
    settings = {"GRANTWELL_SECRET": listed(*secrets), "GRANTWELL_ISSUER": "http://127.0.0.1:8000"}
    with serving(directory, **settings) as server:
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            yield Api(http, API_KEY)


@pytest.fixture
def reencrypt(bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def command(*secrets: bytes, as_json: bool = True) -> Result:
        monkeypatch.setenv("GRANTWELL_SECRET", listed(*secrets))
        return bare("secrets", "reencrypt", "--data-dir", str(tmp_path), *(["--json"] if as_json else []))

    return command


async def test_a_secret_is_replaced_step_by_step_and_nobody_logs_in_again(tmp_path: Path, reencrypt: Any) -> None:
    async with served(tmp_path, OLD) as api:
        client = await api.make_client()
        login = await api.log_in(client)
    # Known, but not used: so that no process meets what it does not understand while they are replaced one by one.
    async with served(tmp_path, OLD, NEW) as api:
        assert await api.is_live(login["access_token"])
    async with served(tmp_path, NEW, OLD) as api:
        assert await api.is_live(login["access_token"])
        renewed = await api.refresh(client, login["refresh_token"])
        said = (await asyncio.to_thread(reencrypt, NEW, OLD)).json
        assert said["resealed"] == 1
        new, old = said["secrets"]
        assert (new["secret"], new["place"], new["signing_keys"], new["needed_until"]) == (key_id(NEW), 1, 1, None)
        assert (old["secret"], old["place"], old["signing_keys"], old["logins"]) == (key_id(OLD), 2, 0, 1)
        assert old["needed_until"] is not None
        # The running server has not noticed, and a login that began under the old secret goes on under it.
        renewed = await api.refresh(client, renewed["refresh_token"])
        fresh = await api.log_in(client)
    async with served(tmp_path, NEW) as api:
        assert await api.is_live(login["access_token"])
        assert (await api.rotate(client, fresh["refresh_token"])).status_code == 200
        # What was said to be needed is: dropped too early, a secret takes its logins with it.
        assert (await api.rotate(client, renewed["refresh_token"])).status_code == 400


def test_a_secret_that_still_protects_a_key_cannot_be_dropped(tmp_path: Path, reencrypt: Any) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    with pytest.raises(AssertionError, match="is sealed with a server secret that is not given"):
        RealServer(tmp_path, GRANTWELL_SECRET=listed(NEW))
    result = reencrypt(NEW)
    assert result.code == 1
    assert result.json["resealed"] == 0
    assert [(each["secret"], each["place"], each["signing_keys"]) for each in result.json["secrets"]] == [
        (key_id(NEW), 1, 0),
        (key_id(OLD), None, 1),
    ]


def test_a_secret_that_protects_a_key_and_is_not_given_is_called_in_use(tmp_path: Path, reencrypt: Any) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    assert reencrypt(NEW, OLD).code == 0
    result = reencrypt(OLD)
    assert result.code == 1
    assert [each["needed_until"] for each in result.json["secrets"]] == [None, None]
    sentence = f"sealed with a secret that is not given ({key_id(NEW)}): no server starts without it"
    assert sentence in result.json["error"]
    assert sentence in result.err
    told = reencrypt(OLD, as_json=False)
    assert (told.code, told.out.count("in use"), "1970" in told.out) == (1, 2, False)
    assert sentence in told.err


def test_a_key_that_nobody_uses_any_more_needs_no_secret(tmp_path: Path, reencrypt: Any, bare: Command) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    # It is sealed with a secret that nobody has any more, and another one has taken over.
    unknown = reencrypt(NEW, OLD).json["secrets"][0]["secret"]
    with closing(sqlite3.connect(tmp_path / "grantwell.db")) as connection:
        connection.execute("UPDATE signing_keys SET revoked_at = created_at")
        connection.commit()
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    result = reencrypt(OLD)
    assert result.code == 0
    assert unknown not in result.out


def test_sealing_again_changes_nothing(tmp_path: Path, reencrypt: Any) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    assert [reencrypt(NEW, OLD).json["resealed"] for _ in range(3)] == [1, 0, 0]


def test_a_new_secret_protects_what_is_made_from_then_on(tmp_path: Path, reencrypt: Any, bare: Command) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    reencrypt(NEW, OLD)
    assert bare("signing-keys", "rotate", "--data-dir", str(tmp_path)).code == 0
    new, old = reencrypt(NEW, OLD).json["secrets"]
    assert (new["signing_keys"], old["signing_keys"]) == (2, 0)


def test_what_was_sealed_anew_is_audited(tmp_path: Path, reencrypt: Any, bare: Command) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    reencrypt(NEW, OLD)
    events = bare("audit", "tail", "--data-dir", str(tmp_path), "--json").json["events"]
    (event,) = [event for event in events if event["kind"] == "signing_key.resealed"]
    assert event["actor"] == "cli"


def test_people_read_a_table_and_never_a_secret(tmp_path: Path, reencrypt: Any) -> None:
    with serving(tmp_path, GRANTWELL_SECRET=listed(OLD)):
        pass
    result = reencrypt(NEW, OLD, as_json=False)
    assert "Signing keys sealed anew under the first secret: 1" in result.out
    assert "NEEDED UNTIL" in result.out
    for secret in (OLD, NEW):
        assert key_id(secret) in result.out
        assert secret.hex() not in result.out + result.err
