"""The settings of the external login: their form, what they must be to each other, and what they need."""

import sys

import pytest
from tests.settings.test_values import refusal, with_

from grantwell.app.external import check_external_login
from grantwell.settings import SettingsError, load_settings

ISSUER = "https://login.example.com"


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/", f"{ISSUER}/realms/main", "http://127.0.0.1:9400"])
def test_an_issuer_stays_as_it_is_written(issuer: str) -> None:
    assert with_(login_issuer=issuer, login_client_id="x").login_issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "login.example.com",
        "http://login.example.com",
        "ftp://login.example.com",
        f"{ISSUER}/#x",
        f"{ISSUER}?x=1",
        "https://user@login.example.com",
    ],
)
def test_what_is_no_safe_issuer_is_refused(issuer: str) -> None:
    assert refusal(login_issuer=issuer, login_client_id="x").startswith("GRANTWELL_LOGIN_ISSUER must")


def test_a_provider_needs_our_client_id_there() -> None:
    assert refusal(login_issuer=ISSUER) == "GRANTWELL_LOGIN_CLIENT_ID must be given with GRANTWELL_LOGIN_ISSUER"


def test_nobody_is_their_own_provider() -> None:
    assert "must be another server" in refusal(issuer=ISSUER, login_issuer=ISSUER, login_client_id="x")


@pytest.mark.parametrize(
    "given",
    [
        {"login_client_id": "x"},
        {"login_client_secret": "x"},
        {"login_name": "x"},
        {"login_scopes": "openid"},
        {"login_link_by_email": "true"},
        {"login_sign_up": "Main"},
    ],
)
def test_what_says_nothing_without_a_provider_is_a_mistake(given: dict[str, str]) -> None:
    (name,) = given
    assert refusal(**given) == f"GRANTWELL_{name.upper()} says nothing without GRANTWELL_LOGIN_ISSUER"


def test_somebody_must_be_able_to_sign_in() -> None:
    assert refusal(password_sign_in="false") == "GRANTWELL_PASSWORD_SIGN_IN must be true without GRANTWELL_LOGIN_ISSUER"
    assert not with_(password_sign_in="false", login_issuer=ISSUER, login_client_id="x").password_sign_in


@pytest.mark.parametrize("scopes", ["email", 'openid "x"'])
def test_the_scopes_are_those_of_openid_connect(scopes: str) -> None:
    told = refusal(login_issuer=ISSUER, login_client_id="x", login_scopes=scopes)
    assert "must be scopes separated by blanks, openid among them" in told


def test_blanks_between_scopes_do_not_count() -> None:
    assert (
        with_(login_issuer=ISSUER, login_client_id="x", login_scopes=" openid  email ").login_scopes == "openid email"
    )


@pytest.mark.parametrize("name", ["x" * 61, "two\nlines"])
def test_the_button_has_room_for_one_line(name: str) -> None:
    assert refusal(login_issuer=ISSUER, login_client_id="x", login_name=name).startswith("GRANTWELL_LOGIN_NAME must")


def test_the_secret_is_never_shown() -> None:
    settings = with_(login_issuer=ISSUER, login_client_id="x", login_client_secret="of the client")
    assert "of the client" not in repr(settings)


def test_without_authlib_the_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib", None)
    check_external_login(load_settings({}))
    with pytest.raises(SettingsError, match=r'pip install "grantwell\[login\]"'):
        check_external_login(with_(login_issuer=ISSUER, login_client_id="x"))
