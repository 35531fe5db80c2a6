from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused

from grantwell.protocol.errors import InvalidClientMetadata, InvalidRedirectURI
from grantwell.protocol.records import GRANT_TYPE_NAMES
from grantwell.protocol.registration_request import Allowance, judge_metadata, read_metadata

ANYBODY = Allowance(("read", "write"), ("authorization_code", "refresh_token"))
A_USER = Allowance(("admin", "read", "write"), GRANT_TYPE_NAMES)


def judge(metadata: dict[str, Any], allowance: Allowance = ANYBODY) -> tuple[dict[str, Any], str, str]:
    return judge_metadata(read_metadata(metadata), allowance)


def problems(found: Any) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in found.error.problems]


def test_an_empty_registration_is_a_confidential_client_with_all_that_it_may_have() -> None:
    fields, client_type, method = judge({})
    assert fields == {
        "name": "Unnamed client",
        "redirect_uris": (),
        "allowed_grant_types": ("authorization_code",),
        "allowed_scopes": ("read", "write"),
    }
    assert (client_type, method) == ("confidential", "client_secret_basic")


REAL_CLIENTS: dict[str, dict[str, Any]] = {
    "Claude Code": {
        "client_name": "Claude Code",
        "redirect_uris": ["http://localhost:54545/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    "Cursor": {
        "client_name": "Cursor",
        "redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": "read write",
    },
    "ChatGPT": {
        "client_name": "ChatGPT",
        "redirect_uris": ["https://chatgpt.com/connector/oauth/abc"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code", "code id_token"],
        "token_endpoint_auth_method": "none",
        "scope": "openid read offline_access",
        "contacts": ["a@b.test"],
        "jwks_uri": "https://chatgpt.com/jwks",
    },
}


@pytest.mark.parametrize("metadata", REAL_CLIENTS.values(), ids=REAL_CLIENTS)
def test_real_clients_register_though_they_send_more_than_is_known_here(metadata: dict[str, Any]) -> None:
    fields, client_type, method = judge(metadata)
    assert (client_type, method) == ("public", "none")
    assert fields["allowed_grant_types"] == ("authorization_code", "refresh_token")
    assert fields["redirect_uris"] == tuple(metadata["redirect_uris"])
    assert set(fields["allowed_scopes"]) <= {"read", "write"}


def test_all_that_a_client_says_of_itself_is_kept() -> None:
    said = {"logo_uri": "https://a.test/l", "tos_uri": "https://a.test/t", "policy_uri": "https://a.test/p"}
    fields, _, method = judge({"client_name": "A", "token_endpoint_auth_method": "client_secret_post", **said})
    assert fields["name"] == "A"
    assert method == "client_secret_post"
    assert {name: fields[name] for name in said} == said


def test_an_empty_uri_and_a_null_count_as_left_out() -> None:
    fields, _, _ = judge({"logo_uri": "", "client_name": None, "redirect_uris": None, "scope": None})
    assert "logo_uri" not in fields
    assert fields["name"] == "Unnamed client"


def test_of_scopes_the_part_is_given_that_may_be_had() -> None:
    assert judge({"scope": "admin write fly"})[0]["allowed_scopes"] == ("write",)
    assert judge({"scope": "admin write fly"}, A_USER)[0]["allowed_scopes"] == ("admin", "write")


@pytest.mark.parametrize("scope", ["", "  ", "offline_access"])
def test_asking_for_no_scope_or_for_offline_access_alone_is_asking_for_all(scope: str) -> None:
    assert judge({"scope": scope})[0]["allowed_scopes"] == ("read", "write")


def test_where_no_scope_is_left_the_registration_is_refused() -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({"scope": "admin openid"})
    assert problems(found) == [("scope", "must name a scope that this client may have")]


def test_client_credentials_are_dropped_from_what_anybody_asks() -> None:
    asked = {"grant_types": ["client_credentials", "authorization_code"]}
    assert judge(asked)[0]["allowed_grant_types"] == ("authorization_code",)
    assert judge(asked, A_USER)[0]["allowed_grant_types"] == ("authorization_code", "client_credentials")


@pytest.mark.parametrize(
    "grant_types",
    [[], ["client_credentials"], ["refresh_token"], ["implicit"], ["client_credentials", "refresh_token"]],
)
def test_where_no_grant_type_is_left_that_gets_a_token_the_registration_is_refused(grant_types: list[str]) -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({"grant_types": grant_types})
    assert [field for field, _ in problems(found)] == ["grant_types"]


def test_whoever_uses_codes_must_take_them() -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({"response_types": ["token"]})
    assert problems(found) == [("response_types", "must contain code")]


def test_whoever_uses_no_codes_needs_no_response_type() -> None:
    asked = {"grant_types": ["client_credentials"], "response_types": []}
    assert judge(asked, A_USER)[0]["allowed_grant_types"] == ("client_credentials",)


@pytest.mark.parametrize("method", ["private_key_jwt", "tls_client_auth", "", "NONE"])
def test_an_authentication_method_that_is_not_known_is_refused(method: str) -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({"token_endpoint_auth_method": method})
    assert [field for field, _ in problems(found)] == ["token_endpoint_auth_method"]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"client_name": 1}, "must be a string"),
        ({"redirect_uris": "https://a.test/"}, "must be a list of strings"),
        ({"redirect_uris": [1]}, "must be a list of strings"),
        ({"grant_types": "authorization_code"}, "must be a list of strings"),
        ({"response_types": {}}, "must be a list of strings"),
        ({"scope": ["read"]}, "must be a string"),
        ({"token_endpoint_auth_method": ["none"]}, "must be a string"),
        ({"logo_uri": True}, "must be a string"),
        ({"tos_uri": []}, "must be a string"),
        ({"policy_uri": 0}, "must be a string"),
    ],
)
def test_a_field_of_another_type_is_named(metadata: dict[str, Any], message: str) -> None:
    (field,) = metadata
    kind = InvalidRedirectURI if field == "redirect_uris" else InvalidClientMetadata
    with refused(kind, "registration_invalid") as found:
        read_metadata(metadata)
    assert problems(found) == [(field, message)]


@pytest.mark.parametrize("field", ["logo_uri", "tos_uri", "policy_uri"])
def test_a_link_that_no_page_should_show_is_refused(field: str) -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({field: "javascript:alert(1)"})
    assert problems(found) == [(field, "must be an absolute http or https URI")]


def test_a_name_with_invisible_tricks_is_refused() -> None:
    with refused(InvalidClientMetadata, "registration_invalid") as found:
        judge({"client_name": "Your Bank\u202e"})
    assert [field for field, _ in problems(found)] == ["client_name"]


def test_redirect_uris_have_an_error_of_their_own_where_nothing_else_is_wrong() -> None:
    with refused(InvalidRedirectURI, "registration_invalid") as found:
        judge({"redirect_uris": ["https://a.test/", "http://a.test/"]})
    assert found.error.description.startswith("redirect_uris: URI number 2 (http://a.test/) must use https")
    with refused(InvalidClientMetadata, "registration_invalid") as found_both:
        judge({"redirect_uris": ["http://a.test/"], "client_name": ""})
    assert [field for field, _ in problems(found_both)] == ["client_name", "redirect_uris"]


def test_a_private_use_scheme_is_for_public_clients() -> None:
    uris = {"redirect_uris": ["cursor://a/cb"]}
    assert judge({**uris, "token_endpoint_auth_method": "none"})[1] == "public"
    with refused(InvalidRedirectURI, "registration_invalid"):
        judge(uris)
