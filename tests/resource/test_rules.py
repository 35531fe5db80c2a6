"""What a token must say, by plain values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.requirements.marker import requirement

from grantwell.protocol.resource import is_resource, same_resource
from grantwell.resource.access_token import AccessToken, Claims, access_token, header_of, read_claims
from grantwell.resource.rules import Rules, askable, refuse_claims, refuse_times, spellings, with_implied, words_for

ISSUER, RESOURCE = "https://auth.example.com", "https://api.example.com"
RULES = Rules(ISSUER, RESOURCE, spellings([RESOURCE]))
GOOD = Claims(iss=ISSUER, aud=RESOURCE)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (GOOD, None),
        (Claims(iss=ISSUER, aud=["https://other.example.com", RESOURCE]), None),
        (Claims(iss=ISSUER, aud=[]), "token_wrong_audience"),
        (Claims(iss=ISSUER), "token_wrong_audience"),
        (Claims(iss=ISSUER, aud=f"{RESOURCE}/orders"), "token_wrong_audience"),
        (Claims(iss=ISSUER, aud=RESOURCE.upper()), "token_wrong_audience"),
        (Claims(aud=RESOURCE), "token_wrong_issuer"),
        (Claims(iss=f"{ISSUER}/", aud=RESOURCE), "token_wrong_issuer"),
    ],
)
def test_a_token_is_of_this_issuer_and_for_this_api(claims: Claims, reason: str | None) -> None:
    assert refuse_claims(claims, RULES) == reason


@requirement("protected-resource.bound")
@pytest.mark.parametrize("cnf", [{"jkt": "thumbprint"}, {"x5t#S256": "thumbprint"}, {}])
def test_a_token_that_is_bound_to_a_key_is_no_bearer_token(cnf: dict[str, str]) -> None:
    assert refuse_claims(Claims(iss=ISSUER, aud=RESOURCE, cnf=cnf), RULES) == "token_bound"


def token(**claims: Any) -> AccessToken:
    return access_token(Claims(**claims), claims, frozenset())


@pytest.mark.parametrize(
    ("said", "now", "reason"),
    [
        (token(exp=1000), 1029.9, None),
        (token(exp=1000), 1030, "token_expired"),
        (token(), 10**12, None),
        (token(nbf=1000), 970, None),
        (token(nbf=1000), 969.9, "token_not_yet_valid"),
        (token(exp=1000.5), 1030, "token_expired"),
    ],
)
def test_clocks_may_be_apart_as_far_as_the_leeway(said: AccessToken, now: float, reason: str | None) -> None:
    assert refuse_times(said, now, 30) == reason


@pytest.mark.parametrize(
    "said",
    [{"scope": ["orders:read"]}, {"exp": "soon"}, {"aud": 7}, {"aud": [7]}, {"iss": None}, {"sub": 7}, {"nbf": "now"}],
)
def test_a_claim_of_another_type_makes_no_token(said: dict[str, Any]) -> None:
    assert read_claims(said) is None


URIS = st.from_regex(r"https://[a-z.]{1,8}(/[a-z]{0,3}){0,3}/{0,2}(\?[a-z/]{0,4})?", fullmatch=True)


@given(URIS, URIS)
def test_an_audience_has_the_spellings_that_the_server_takes_for_the_same(one: str, other: str) -> None:
    variants = (other, one, f"{one}/", one.removesuffix("/"))
    for asked in filter(is_resource, variants):
        assert (asked in spellings([one])) == same_resource(asked, one)


@pytest.mark.parametrize(
    "resource", ["", "api", "/orders", "https://api.example.com#part", "https://a b", "https://ü.example"]
)
def test_what_can_be_no_audience_is_noticed_at_the_start(resource: str) -> None:
    with pytest.raises(ValueError, match="absolute URI without fragment"):
        spellings([resource])


@requirement("protected-resource.hierarchy")
def test_scopes_imply_others_over_several_steps_and_in_circles() -> None:
    implied = {"admin": ["write"], "write": ["read"], "read": ["read", "admin"]}
    assert with_implied(["write"], implied) == {"admin", "write", "read"}
    assert with_implied(["other", ""], implied) == {"other"}
    assert with_implied([], implied) == frozenset()


@requirement("protected-resource.offline-access")
def test_an_api_asks_for_scopes_once_each_and_never_for_offline_access() -> None:
    assert askable(["b", "a", "offline_access", "b"]) == ("b", "a")


@given(st.text(max_size=300))
def test_whatever_a_token_says_can_be_repeated_in_a_header(said: str) -> None:
    for reason in ("token_wrong_audience", "token_wrong_issuer"):
        words = words_for(reason, Claims(iss=said, aud=[said, said]), RULES)
        assert all("\x20" <= char <= "\x7e" and char not in '"\\' for char in words)


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        ('{"alg":"ES256","kid":"k","typ":"at+jwt"}', True),
        ('{"alg":"ES256","kid":"k"}', False),
        ('{"alg":"ES256","typ":"at+jwt"}', False),
        ('{"alg":1,"kid":"k","typ":"at+jwt"}', False),
        ('["ES256"]', False),
        ("[" * 5000, False),
        ('{"alg":"ES256","kid":"k","typ":"at+jwt","crit":' + "[" * 5000, False),
        ("\udc80", False),
    ],
)
def test_a_header_has_what_it_takes_or_there_is_none(header: str, is_one: bool) -> None:
    from base64 import urlsafe_b64encode

    segment = urlsafe_b64encode(header.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()
    assert (header_of(f"{segment}.e30.e30") is not None) is is_one
