"""What the room asks of its surroundings: no framework, little time, and a way back from where a process was forked."""

import subprocess
import sys
from concurrent.futures import Future

import pytest
from tests.resource.authorization_server import AuthorizationServer
from tests.resource.conftest import MakeResource
from tests.resource.refusing import admits

from grantwell.resource.known_server import Waiting

FRAMEWORKS = "asgiref django fastapi flask mcp pydantic sqlalchemy starlette uvicorn"
WITHOUT_FRAMEWORKS = f"""
import sys
for name in {FRAMEWORKS!r}.split():
    sys.modules[name] = None
import grantwell.resource, grantwell.resource.answers, grantwell.resource.asgi
"""


def test_the_room_and_the_middleware_need_no_framework() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_FRAMEWORKS], check=True)


@pytest.mark.parametrize("how", ["wait", "wait_async"])
async def test_an_attempt_whose_thread_is_gone_is_given_up(
    how: str, server: AuthorizationServer, make_resource: MakeResource
) -> None:
    api = make_resource()
    known = api._server
    known.patience_seconds = 0.01
    # As in a process that was forked while its parent was asking.
    lost: Future[None] = Future()
    known._asking = lost
    waiting = Waiting(known, lost)
    if how == "wait":
        waiting.wait()
    else:
        await waiting.wait_async()
    known.patience_seconds = 10
    assert admits(api, server.token())
