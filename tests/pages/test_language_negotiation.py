"""Which language somebody gets: the rules by themselves."""

import pytest

from grantwell.pages.texts.negotiation import MAXIMUM_RANGES, accepted, listed, lookup

THERE = ("en", "de", "zh-hant")


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("", ()),
        ("de", ("de",)),
        ("de-CH, en;q=0.5", ("de-CH", "en")),
        ("en;q=0.5, de", ("de", "en")),
        ("fr;q=0.3,de;q=0.8,en;q=0.7", ("de", "en", "fr")),
        ("fr, de", ("fr", "de")),
        ("en;q=0, de", ("de",)),
        ("de ; q = 0.5 , en", ("en", "de")),
        ("*;q=0.1, de", ("de", "*")),
        ("en;q=much, de;q=2, fr;q=-1, it;v=1, es", ("es",)),
        ("en;q=nan, de;q=inf", ()),
        (",,;q=1,", ()),
    ],
)
def test_ranges_are_ordered_by_weight_and_what_cannot_be_understood_is_left_out(
    header: str, ranges: tuple[str, ...]
) -> None:
    assert accepted(header) == ranges


def test_whoever_lists_hundreds_of_languages_is_heard_only_so_far() -> None:
    assert len(accepted(",".join(["de"] * 500))) == MAXIMUM_RANGES
    assert len(listed(" ".join(["de"] * 500))) == MAXIMUM_RANGES


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), None),
        (("de",), "de"),
        (("DE-at",), "de"),
        (("fr", "de"), "de"),
        (("fr-CA", "en-GB"), "en"),
        (("zh-Hant-TW",), "zh-hant"),
        (("zh-Hans",), None),
        (("zh",), None),
        (("de-x-strange",), "de"),
        (("*",), None),
        (("", " ", "-", "--"), None),
        (("en", "de"), "en"),
    ],
)
def test_the_first_wanted_language_wins_shortened_until_it_fits(wanted: tuple[str, ...], found: str | None) -> None:
    assert lookup(wanted, THERE) == found
