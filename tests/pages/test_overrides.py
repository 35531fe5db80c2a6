"""An operator's own words for the pages: which can be used, and which are refused."""

from typing import Any

import pytest

from grantwell.pages.texts import Catalogue
from grantwell.pages.texts.overrides import WrongTexts, with_overrides


def test_words_are_replaced_in_one_language_and_stay_as_they_are_elsewhere() -> None:
    catalogue = Catalogue(with_overrides({"de": {"consent": {"allow": "Zustimmen"}}}))
    assert catalogue["de"]("consent.allow") == "Zustimmen"
    assert catalogue["de"]("consent.deny") == "Ablehnen"
    assert catalogue["en"]("consent.allow") == "Allow"


def test_a_new_language_begins_with_the_english_texts() -> None:
    catalogue = Catalogue(with_overrides({"fr": {"language": {"name": "Français"}, "consent": {"allow": "Autoriser"}}}))
    assert catalogue.languages == ("en", "de", "fr")
    french = catalogue.best(["fr-CA"])
    assert (french("consent.allow"), french("consent.deny")) == ("Autoriser", "Deny")


def test_scopes_have_words_in_every_language() -> None:
    written = {"de": {"scopes": {"orders:read": {"name": "Bestellungen", "description": "Bestellungen lesen"}}}}
    catalogue = Catalogue(with_overrides(written, ["orders:read"]))
    assert catalogue["de"].get("scopes.orders:read.name") == "Bestellungen"
    assert catalogue["en"].get("scopes.orders:read.name") == ""


def test_a_number_and_the_name_of_the_site_may_be_left_out_or_added() -> None:
    with_overrides({"en": {"consent": {"verified_by": "We know them."}, "errors": {"too_many_other": "Wait."}}})
    with_overrides({"en": {"errors": {"too_many_one": "Wait for {number} second."}}})


def test_a_brace_is_written_twice() -> None:
    catalogue = Catalogue(with_overrides({"en": {"consent": {"allow": "{{Allow}}"}}}))
    assert catalogue["en"]("consent.allow") == "{Allow}"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            {"en": {"consent": {"alow": "Yes"}}},
            "en.consent.alow is not a text of the pages. Did you mean consent.allow?",
        ),
        ({"en": {"scopes": {"none": {"name": "x"}}}}, "en.scopes.none.name is not a text of the pages."),
        ({"en": {"consent": {"allow": 1}}}, "en.consent.allow must be text of 1 to 4000 characters"),
        ({"en": {"consent": {"allow": " "}}}, "en.consent.allow must be text of 1 to 4000 characters"),
        ({"en": {"consent": {"allow": "x" * 4001}}}, "en.consent.allow must be text of 1 to 4000 characters"),
        ({"en": {"consent": {"title": "Allow it?"}}}, "en.consent.title must have {name} in it"),
        (
            {"en": {"consent": {"allow": "{name}"}}},
            "en.consent.allow has {name}, and no name in braces may stand there",
        ),
        ({"en": {"consent": {"title": "{name} {x}"}}}, "en.consent.title has {x}, and {name} may stand there"),
        ({"en": {"consent": {"title": "{name.__class__}"}}}, "has {name.__class__}, and {name} may stand there"),
        ({"en": {"consent": {"title": "{name!r}"}}}, "has {name!r}, and {name} may stand there"),
        ({"en": {"consent": {"title": "{name:>99999999}"}}}, "has {name:>99999999}, and {name} may stand there"),
        ({"en": {"consent": {"title": "{0}"}}}, "has {0}, and {name} may stand there"),
        ({"en": {"consent": {"title": "{name"}}}, "en.consent.title has braces that are not in order"),
        ({"en": "hello"}, "[en] is no language"),
        ({"English": {"consent": {"allow": "x"}}}, "[English] is no language"),
        ({"fr": {"consent": {"allow": "x"}}}, "[fr.language] must say how the language calls itself"),
        ({"en": {"allow": "x"}}, "en.allow is not a text of the pages."),
    ],
)
def test_what_is_no_text_of_the_pages_is_refused(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongTexts) as refused:
        with_overrides(written, ["orders:read"])
    assert len(refused.value.problems) == 1
    assert problem in refused.value.problems[0]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(WrongTexts) as refused:
        with_overrides({"en": {"a": {"b": "c"}}, "de": {"a": {"b": "c"}}})
    assert len(refused.value.problems) == 2
