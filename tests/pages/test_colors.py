"""Colours of a brand: readable in both themes, or refused."""

import re

import pytest
from tests.pages.texts_in_use import PAGES

from grantwell.pages.colors import BACKGROUNDS, accent_tokens, contrast, for_the_dark, mixed

CSS = (PAGES / "static" / "grantwell.css").read_text()


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ff0000", 1.0)]
)
def test_contrast_is_what_the_guidelines_say(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_the_backgrounds_are_those_of_the_style_sheet() -> None:
    light, dark = re.findall(r"--paper: (#\w+);\s+--ground: (#\w+);", CSS)[:2]
    assert {"light": light, "dark": dark} == BACKGROUNDS


@pytest.mark.parametrize(
    ("accent", "theme"),
    [
        ("#1f5f4b", "light"),
        ("#7a1fa2", "light"),
        ("#707070", "light"),
        ("#000000", "light"),
        ("#7fd1b1", "dark"),
        ("#ffffff", "dark"),
    ],
)
def test_whatever_follows_from_an_accent_can_be_read(accent: str, theme: str) -> None:
    tokens = accent_tokens(accent, theme)
    assert tokens["accent"] == accent
    assert contrast(tokens["accent-ink"], accent) >= 4.5
    assert contrast(accent, tokens["accent-soft"]) >= 4.5


@pytest.mark.parametrize(
    ("accent", "theme", "words"),
    [
        ("#ffff00", "light", "has too little contrast to the light pages (#ffffff): 1.1, and text needs 4.5"),
        ("#757575", "light", "has too little contrast to the light pages (#f3f5f4): 4.2, and text needs 4.5"),
        ("#1f5f4b", "dark", "has too little contrast to the dark pages (#1a211f)"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(accent: str, theme: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        accent_tokens(accent, theme)


@pytest.mark.parametrize("accent", ["#000000", "#0000ff", "#7a1fa2", "#1f5f4b", "#ffffff"])
def test_a_colour_for_the_dark_follows_from_the_one_for_the_light(accent: str) -> None:
    accent_tokens(for_the_dark(accent), "dark")


def test_colours_are_mixed_by_parts() -> None:
    assert [mixed("#000000", "#ff8000", part) for part in (0.0, 0.5, 1.0)] == ["#000000", "#804000", "#ff8000"]
