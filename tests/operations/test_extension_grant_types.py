"""A grant type that an extension adds is exchanged at the one token endpoint."""

import pytest
from tests.support.values import a_client, a_context

from grantwell.operations.token import EXCHANGE_TOKEN, exchange_token
from grantwell.protocol.call import FORM, Call
from grantwell.protocol.errors import UnsupportedGrantType
from grantwell.protocol.grant_types import GRANT_TYPES
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import GrantType

ADDED = GrantType(
    "urn:example:added", None, lambda _request, _client, _facts, _context: Outcome(Reply(200, {"by": "it"}))
)


def call() -> Call:
    body = b"grant_type=urn%3Aexample%3Aadded&client_id=public"
    return Call("POST", {}, b"", FORM, "", body)


def test_the_token_endpoint_exchanges_what_an_extension_registers() -> None:
    context = a_context()
    operation = exchange_token((*GRANT_TYPES, ADDED))
    client = a_client(client_id="public", client_type="public", allowed_grant_types=(ADDED.name,))
    request = operation.read(call(), context)
    outcome = operation.decide(request, RedemptionFacts(client, None, None, None), context)
    assert isinstance(outcome.reply, Reply)
    assert outcome.reply.body == {"by": "it"}


def test_the_seed_knows_no_grant_type_that_nobody_registered() -> None:
    with pytest.raises(UnsupportedGrantType) as refused:
        EXCHANGE_TOKEN.read(call(), a_context())
    assert refused.value.reason == "grant_type_unknown"
