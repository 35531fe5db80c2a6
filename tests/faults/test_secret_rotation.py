"""The server's secret is changed under traffic, while workers that know the new one stand beside others."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest
from tests.faults.conftest import Start, traffic_on
from tests.faults.test_workers import until_they_are, workers_of
from tests.support.real_server import RealServer

from grantwell.cli.program import run
from grantwell.protocol.server_secrets import key_id
from grantwell.storage.postgresql import PostgresqlBackend

OLD, NEW = os.urandom(32), os.urandom(32)


def write(file: Path, *secrets: bytes) -> None:
    file.write_text(",".join(secret.hex() for secret in secrets))


async def give(server: RealServer, file: Path, *secrets: bytes) -> None:
    """Have all workers replaced by such as have these secrets."""
    write(file, *secrets)
    before = workers_of(server)
    psutil.Process(server.pid).send_signal(signal.SIGHUP)
    await until_they_are(server, len(before), before)


async def test_nobody_notices_that_the_secret_is_changed_step_by_step(
    start: Start, tmp_path: Path, url: str, backend: PostgresqlBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secrets"
    write(file, OLD)
    server = start(workers="2", secret="", secret_file=str(file))
    async with traffic_on(server) as traffic:
        await traffic.answers(40)
        for secrets in ((OLD, NEW), (NEW, OLD)):
            await give(server, file, *secrets)
            await traffic.answers(40)
        monkeypatch.setenv("GRANTWELL_DATABASE_URL", url)
        monkeypatch.setenv("GRANTWELL_SECRET_FILE", str(file))
        assert await asyncio.to_thread(run, ["secrets", "reencrypt", "--data-dir", str(tmp_path)]) == 0
        await traffic.answers(40)
        assert traffic.unavailable == 0
    assert not [login for login in traffic.logins if login.refused]
    async with httpx.AsyncClient(base_url=server.origin) as traffic.api.http:
        await traffic.settle(backend)
    needed = {secret for secret, _, _ in await backend.lineages_by_secret(0)}
    assert needed == {key_id(OLD), key_id(NEW)}
    assert {row.private_key.partition(".")[0] for row in await backend.signing_keys()} == {key_id(NEW)}
