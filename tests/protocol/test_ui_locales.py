"""Which languages a client may ask for, for the pages that people see."""

import pytest

from grantwell.protocol.ui_locales import MAXIMUM_LENGTH, read_ui_locales


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("de", "de"),
        ("de-CH fr", "de-CH fr"),
        ("zh-Hant-TW en", "zh-Hant-TW en"),
        ("  de  en ", "de en"),
        ("", None),
        (None, None),
        ("*", None),
        ("d", None),
        ("de_DE en", "en"),
        ("de&consent_token=x en", "en"),
        ("<script>", None),
        ("de\r\nSet-Cookie:x", None),
        ("ümläut", None),
    ],
)
def test_only_language_tags_are_passed_on(sent: str | None, read: str | None) -> None:
    assert read_ui_locales(sent) == read


def test_of_many_languages_those_are_kept_that_fit() -> None:
    kept = read_ui_locales(" ".join(["de-AT"] * 500)) or ""
    assert len(kept) <= MAXIMUM_LENGTH
    assert set(kept.split(" ")) == {"de-AT"}
