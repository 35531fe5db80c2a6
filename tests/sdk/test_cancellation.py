"""A call that nobody waits for any longer."""

import asyncio
import threading

import pytest
from tests.sdk.recording_server import Answer, Asked, RecordingServer, as_json

from grantwell.sdk import AsyncGrantwell


@pytest.mark.parametrize("moment", ["while the server thinks", "between two attempts"])
async def test_a_cancelled_call_ends_at_once_is_not_sent_again_and_leaves_the_client_usable(
    server: RecordingServer, moment: str
) -> None:
    loop = asyncio.get_running_loop()
    asked, answered = asyncio.Event(), asyncio.Event()
    release = threading.Event()

    def think(_: Asked) -> Answer:
        loop.call_soon_threadsafe(asked.set)
        if moment == "while the server thinks":
            release.wait(30)
        loop.call_soon_threadsafe(answered.set)
        return as_json({}, 503, retry_after="50")

    server.behaviour = think
    async with AsyncGrantwell(api_key="k", base_url=server.base_url) as client:
        call = asyncio.create_task(client.oauth.retrieve_jwks())
        await (asked if moment == "while the server thinks" else answered).wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        release.set()
        assert len(server.asked) == 1
        server.behaviour = lambda _: as_json({"keys": []})
        assert (await client.oauth.retrieve_jwks()).keys == []
        assert len(server.asked) == 2


async def test_many_calls_at_once_each_get_their_own_answer(server: RecordingServer) -> None:
    server.behaviour = lambda asked: as_json({"path": asked.path})
    async with AsyncGrantwell(api_key="k", base_url=server.base_url) as client:
        answers = await asyncio.gather(*(client.get(f"/{n}") for n in range(60)))
    assert [answer["path"] for answer in answers] == [f"/v2/{n}" for n in range(60)]
