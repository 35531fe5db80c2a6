"""Tokens of forms."""

import pytest

from grantwell.pages.form_token import fits_form_token, make_form_token

COOKIE = "the secret of a session"


def test_a_token_fits_its_form_and_cookie() -> None:
    assert fits_form_token(make_form_token(COOKIE, "/consent"), COOKIE, "/consent")


def test_a_token_fits_no_other_form_and_no_other_cookie() -> None:
    token = make_form_token(COOKIE, "/consent")
    assert not fits_form_token(token, COOKIE, "/sign-out")
    assert not fits_form_token(token, "another session", "/consent")


def test_without_a_cookie_nothing_fits() -> None:
    assert not fits_form_token(make_form_token("", "/consent"), "", "/consent")


@pytest.mark.parametrize("token", ["", ".", "salt", "salt.", ".mac", "sält.mäc", "a.b.c", "0" * 99])
def test_what_is_no_token_fits_nothing(token: str) -> None:
    assert not fits_form_token(token, COOKIE, "/consent")


def test_every_token_differs_and_none_tells_the_cookie() -> None:
    first, second = make_form_token(COOKIE, "/consent"), make_form_token(COOKIE, "/consent")
    assert first != second
    assert COOKIE not in first


def test_a_token_with_anything_changed_fits_no_more() -> None:
    token = make_form_token(COOKIE, "/consent")
    for place in range(len(token)):
        changed = token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1 :]
        assert not fits_form_token(changed, COOKIE, "/consent"), changed
