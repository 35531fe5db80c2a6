"""What a token request may cost in process, without cryptography and database, beside a loop of known cost.

Both are timed in turns of one run and the best of each counts, so that a busy machine slows both, or neither.
"""

import io
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from benchmarks.prepare import USER, a_client, context_of
from benchmarks.servers import CLIENT, SECRET

from grantwell.app import create_app
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.http import Message
from grantwell.protocol import keys
from grantwell.protocol.changes import AddClient, AddUser
from grantwell.settings import load_settings
from grantwell.storage.dictionary import DictionaryBackend

BUDGET_MICROSECONDS = 35.0
# What one turn of the reference loop took where the budget was set: 2 vCPU AMD EPYC, Python 3.11.
REFERENCE_MICROSECONDS = 5.5
ROUNDS, TURNS = 60, 200
FORM = f"grant_type=client_credentials&scope=admin&client_id={CLIENT}&client_secret={SECRET}".encode()
HEADERS = [
    (b"host", b"127.0.0.1:8000"),
    (b"content-type", b"application/x-www-form-urlencoded"),
    (b"accept", b"application/json"),
    (b"content-length", str(len(FORM)).encode()),
]


def reference() -> int:
    """Calls, strings, dictionaries and tuples, as a request has them."""
    found: dict[str, str] = {}
    for pair in FORM.decode().split("&"):
        name, _, value = pair.partition("=")
        found[name] = value.upper()
    rows = [(name, len(value), value.encode()) for name, value in found.items()]
    for name, length, data in rows:
        found[name] = f"{length}:{name}:{data.decode()}"
    ordered = sorted(found.items(), key=lambda item: item[1])
    text = json.dumps({"rows": ordered[0][0]}, separators=(",", ":"))
    return len("".join(value for _, value in ordered)) + len(text)


async def best_of_each(request: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Microseconds of CPU time: of a request, and of a turn of the reference loop."""
    requests, turns = [], []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(TURNS):
            await request()
        between = time.thread_time()
        for _ in range(TURNS):
            reference()
        requests.append(between - began)
        turns.append(time.thread_time() - between)
    return min(requests) / TURNS * 1e6, min(turns) / TURNS * 1e6


async def test_a_token_request_keeps_to_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.SigningKey, "sign", lambda _key, _message: b"s" * 64)
    settings, backend = load_settings(data_dir=tmp_path), DictionaryBackend()
    app, _ = await create_app(settings, backend=backend, sink=AccessLog("text", io.StringIO()))
    await backend.apply((AddUser(USER), AddClient(a_client(settings, context_of(settings)))))
    await app.start()
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": FORM, "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    async def request() -> None:
        answers.clear()
        scope = {"type": "http", "method": "POST", "path": "/v2/oauth/token", "query_string": b"", "headers": HEADERS}
        await app({**scope, "client": ("127.0.0.1", 1)}, receive, send)

    try:
        await request()
        assert answers[0]["status"] == 200, answers
        assert "access_token" in msgspec.json.decode(answers[1]["body"])
        ours, turn = await best_of_each(request)
    finally:
        await app.stop()
    allowed = BUDGET_MICROSECONDS / REFERENCE_MICROSECONDS
    assert ours / turn <= allowed, f"{ours:.1f} us a request, {turn:.2f} us a turn of the reference loop"
