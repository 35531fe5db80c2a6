"""Whether anything was set up yet."""

import pytest
from tests.storage import examples as an
from tests.support.values import a_call, a_context

from grantwell.extensions.setup import GET_SETUP, Setup, SetupResponse
from grantwell.protocol.changes import AddClient
from grantwell.protocol.outcome import Reply
from grantwell.storage.dictionary import DictionaryBackend


@pytest.mark.parametrize("has_clients", [False, True])
async def test_it_says_whether_there_is_a_client_and_nothing_else(has_clients: bool) -> None:
    backend, context = DictionaryBackend(), a_context()
    if has_clients:
        await backend.apply([AddClient(an.client())])
    outcome = GET_SETUP.decide(None, await GET_SETUP.load(backend, None, context), context)
    assert isinstance(outcome.reply, Reply)
    assert outcome.reply.body == SetupResponse(Setup(has_clients))
    assert outcome.changes == ()
    assert GET_SETUP.read(a_call("GET"), context) is None
