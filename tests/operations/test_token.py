"""The token endpoint: what is read, who may ask, and that the grant type then decides."""

from typing import Any

import pytest
from tests.storage.examples import authenticating
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import (
    CALLBACK,
    CLIENT_SECRET,
    NOW,
    RESOURCE,
    VERIFIER,
    a_client,
    a_code,
    a_context,
    a_form_call,
    a_json_call,
    a_lineage,
    a_public_client,
    a_refresh_token,
    a_refreshed_lineage,
    basic,
    bearer,
    finish,
    redemption_facts,
)

from grantwell.operations.token import EXCHANGE_TOKEN
from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.changes import AdvanceLineage, RevokeLineage
from grantwell.protocol.client_authentication import ClientCredentials
from grantwell.protocol.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedMediaType,
)
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.outcome import Outcome, Use
from grantwell.protocol.records import Client
from grantwell.protocol.store import RedemptionFacts
from grantwell.protocol.token_request import TokenRequest
from grantwell.storage.dictionary import DictionaryBackend

OWN = {"client_id": "client-1", "client_secret": CLIENT_SECRET}
REDEEM = {"grant_type": "authorization_code", "code": a_code(), "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
REFRESH = {"grant_type": "refresh_token", "refresh_token": a_refresh_token(1)}
CREDENTIALS = {"grant_type": "client_credentials"}


def read(parameters: dict[str, str], authorization: str = "") -> TokenRequest:
    request: TokenRequest = EXCHANGE_TOKEN.read(a_form_call(parameters, authorization=authorization), a_context())
    return request


def decide(parameters: dict[str, str], facts: RedemptionFacts, authorization: str = "", **context: Any) -> Outcome:
    return EXCHANGE_TOKEN.decide(read(parameters, authorization), facts, a_context(**context))


def test_everything_that_a_grant_type_needs_is_read() -> None:
    request = read({**OWN, **REDEEM, "scope": "read write", "resource": RESOURCE})
    assert request == TokenRequest(
        "authorization_code",
        ClientCredentials("client-1", CLIENT_SECRET, False),
        read_lineage_token(a_code()),
        ("read", "write"),
        RESOURCE,
        CALLBACK,
        VERIFIER,
    )


def test_json_reads_like_a_form() -> None:
    body = {**OWN, **REDEEM, "scope": "read", "resource": RESOURCE}
    assert EXCHANGE_TOKEN.read(a_json_call(body), a_context()) == read(body)


def test_a_parameter_without_a_value_counts_as_left_out() -> None:
    empty = {"scope": "", "resource": "", "redirect_uri": "", "code_verifier": "", "client_secret": ""}
    request = read({**REFRESH, "client_id": "public-1", **empty})
    assert request == read({**REFRESH, "client_id": "public-1"})
    assert (request.resource, request.redirect_uri, request.code_verifier) == (None, None, None)


def test_unknown_parameters_do_not_count() -> None:
    assert read({**OWN, **REFRESH, "audience": "x", "assertion": "y"}) == read({**OWN, **REFRESH})


@pytest.mark.parametrize("parameters", [{}, {"grant_type": ""}, {"code": "x"}])
def test_a_grant_type_is_missing(parameters: dict[str, str]) -> None:
    with refused_without_consequence(InvalidRequest, "grant_type_missing"):
        read(parameters)


@pytest.mark.parametrize("name", ["password", "implicit", "Authorization_Code", "refresh_token ", "exchange"])
def test_a_grant_type_that_is_not_supported_is_refused(name: str) -> None:
    with refused_without_consequence(UnsupportedGrantType, "grant_type_unknown"):
        read({"grant_type": name})


@pytest.mark.parametrize(("name", "parameter"), [("authorization_code", "code"), ("refresh_token", "refresh_token")])
@pytest.mark.parametrize("value", [None, ""])
def test_the_string_that_buys_the_token_is_missing(name: str, parameter: str, value: str | None) -> None:
    given = {} if value is None else {parameter: value}
    with refused_without_consequence(InvalidRequest, "grant_parameter_missing") as found:
        read({"grant_type": name, **given})
    assert found.error.description == f"{parameter} is missing"


def test_each_grant_type_reads_its_own_string_alone() -> None:
    both = {"code": a_code(), "refresh_token": a_refresh_token(1)}
    assert read({"grant_type": "authorization_code", **both}).presented == read_lineage_token(a_code())
    assert read({"grant_type": "refresh_token", **both}).presented == read_lineage_token(a_refresh_token(1))
    assert read({"grant_type": "client_credentials", **both}).presented is None


def test_what_cannot_be_read_is_refused() -> None:
    with refused_without_consequence(InvalidScope, "scope_malformed"):
        read({**CREDENTIALS, "scope": "a  b"})
    with refused_without_consequence(UnsupportedMediaType, "unsupported_media_type"):
        EXCHANGE_TOKEN.read(a_form_call({}).__class__("POST", {}, b"", "text/plain", "", b"x"), a_context())


def test_client_and_lineage_are_looked_up_together() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    backend.tables.lineages[a_lineage().lineage_id] = a_lineage()
    load = EXCHANGE_TOKEN.load
    assert finish(load(backend, read({**OWN, **CREDENTIALS}), a_context())) == redemption_facts(
        authenticating(a_client()), None
    )
    facts = finish(load(backend, read({**OWN, **REDEEM}), a_context()))
    assert (facts.client, facts.lineage, facts.grant_revoked_at) == (authenticating(a_client()), a_lineage(), 0)
    nobody = finish(load(backend, read({"grant_type": "refresh_token", "refresh_token": "garbage"}), a_context()))
    assert nobody == redemption_facts(None, None)


@pytest.mark.parametrize("authorization", ["", basic("client-1", CLIENT_SECRET)])
def test_a_confidential_client_gets_a_token_by_either_method(authorization: str) -> None:
    parameters = CREDENTIALS if authorization else {**OWN, **CREDENTIALS}
    outcome = decide(parameters, redemption_facts(a_client(), None), authorization)
    assert isinstance(outcome.unsealed, AccessTokenClaims)
    assert outcome.uses == (Use("client_secret", "client-1", NOW, hash_secret(CLIENT_SECRET)),)
    assert outcome.client_id == "client-1"


def test_an_sdks_bearer_beside_it_does_not_count() -> None:
    outcome = decide({**OWN, **CREDENTIALS}, redemption_facts(a_client(), None), bearer("gw_key_whatever"))
    assert isinstance(outcome.unsealed, AccessTokenClaims)


def test_the_grant_type_decides_what_changes() -> None:
    redeemed = decide({**OWN, **REDEEM}, redemption_facts(a_client(), a_lineage()))
    assert redeemed.changes == (AdvanceLineage(a_lineage().lineage_id, 0, NOW, NOW + 30 * 86400, "request-1"),)
    refreshed = decide({**OWN, **REFRESH}, redemption_facts(a_client(), a_refreshed_lineage()))
    assert refreshed.changes == (AdvanceLineage(a_lineage().lineage_id, 1, NOW, NOW + 30 * 86400, "request-1"),)


def test_a_public_client_redeems_by_its_id_and_the_verifier() -> None:
    lineage = a_lineage(client_id="public-1")
    parameters = {**REDEEM, "client_id": "public-1"}
    assert decide(parameters, redemption_facts(a_public_client(), lineage)).changes
    with refused_without_consequence(InvalidGrant, "pkce_verifier_missing"):
        decide({**parameters, "code_verifier": ""}, redemption_facts(a_public_client(), lineage))


@pytest.mark.parametrize(
    ("parameters", "client", "reason"),
    [
        (CREDENTIALS, None, "client_missing"),
        ({**OWN, **CREDENTIALS}, None, "client_unknown"),
        ({**OWN, **CREDENTIALS, "client_secret": "wrong"}, a_client(), "client_secret_wrong"),
        ({**CREDENTIALS, "client_id": "client-1"}, a_client(), "client_secret_missing"),
        ({**OWN, **CREDENTIALS}, a_client(enabled=False), "client_disabled"),
        ({**OWN, **REFRESH}, a_public_client(), "client_public_with_secret"),
    ],
)
def test_whoever_cannot_prove_to_be_the_client_is_refused(
    parameters: dict[str, str], client: Client | None, reason: str
) -> None:
    with refused_without_consequence(InvalidClient, reason):
        decide(parameters, redemption_facts(client, a_lineage()))


@pytest.mark.parametrize("text", [REDEEM, REFRESH])
def test_a_replay_by_whoever_cannot_prove_to_be_the_client_changes_nothing(text: dict[str, str]) -> None:
    with refused_without_consequence(InvalidClient, "client_secret_wrong"):
        decide({**OWN, **text, "client_secret": "x"}, redemption_facts(a_client(), a_refreshed_lineage(5)))


@pytest.mark.parametrize("parameters", [REDEEM, REFRESH, CREDENTIALS])
def test_a_client_uses_the_grant_types_that_it_was_given(parameters: dict[str, str]) -> None:
    others = tuple(name for name in a_client().allowed_grant_types if name != parameters["grant_type"])
    facts = redemption_facts(a_client(allowed_grant_types=others), a_refreshed_lineage(9))
    with refused_without_consequence(UnauthorizedClient, "grant_type_not_allowed"):
        decide({**OWN, **parameters}, facts)


def test_a_public_client_may_be_given_client_credentials_and_yet_not_use_them() -> None:
    with refused_without_consequence(UnauthorizedClient, "client_is_public"):
        decide({**CREDENTIALS, "client_id": "public-1"}, redemption_facts(a_public_client(), None))


def test_the_consequences_of_a_replay_come_through() -> None:
    with refused(InvalidGrant, "code_replayed") as found:
        decide({**OWN, **REDEEM}, redemption_facts(a_client(), a_refreshed_lineage()))
    assert found.error.changes[0] == RevokeLineage(a_lineage().lineage_id, NOW)


def test_a_token_of_another_kind_buys_nothing() -> None:
    for parameters in ({**REDEEM, "code": a_refresh_token(1)}, {**REFRESH, "refresh_token": a_code()}):
        with refused_without_consequence(
            InvalidGrant, "grant_not_a_code" if "code" in parameters else "grant_not_a_refresh_token"
        ):
            decide({**OWN, **parameters}, redemption_facts(a_client(), a_lineage()))
