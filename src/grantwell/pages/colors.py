"""A brand's colours: whether they can be read on our pages, and which others follow from them."""

# `--paper` and `--ground` of grantwell.css, on which accents stand as text.
BACKGROUNDS = {"light": ("#ffffff", "#f3f5f4"), "dark": ("#1a211f", "#101614")}
INK_ON_ACCENT = {"light": "#ffffff", "dark": "#101614"}
# WCAG 2.2, success criterion 1.4.3: for text.
LEAST_CONTRAST = 4.5
# What a colour that is made for the dark gets, where none was chosen.
GOOD_CONTRAST = 7.0
SOFT, STEP = 0.12, 0.02


def accent_tokens(accent: str, theme: str) -> dict[str, str]:
    """The design tokens that follow from an accent.

    Args:
        accent: as in `#1f5f4b`.
        theme: `light` or `dark`.

    Raises ValueError, in words that go on after the setting's name, for a colour that could not be read.
    """
    for background in BACKGROUNDS[theme]:
        found = contrast(accent, background)
        if found < LEAST_CONTRAST:
            raise ValueError(
                f"has too little contrast to the {theme} pages ({background}): {found:.1f}, and text needs "
                f"{LEAST_CONTRAST} (WCAG 2.2, 1.4.3). Choose a {'darker' if theme == 'light' else 'lighter'} colour"
            )
    return {"accent": accent, "accent-ink": INK_ON_ACCENT[theme], "accent-soft": _soft(accent, theme)}


def for_the_dark(accent: str) -> str:
    """The same hue, as light as dark pages need."""
    part = 0.0
    while contrast(mixed(accent, "#ffffff", part), BACKGROUNDS["dark"][0]) < GOOD_CONTRAST:
        part += STEP
    return mixed(accent, "#ffffff", part)


def _soft(accent: str, theme: str) -> str:
    """A ground with a touch of the accent, on which the accent itself can still be read."""
    paper, part = BACKGROUNDS[theme][0], SOFT
    while contrast(accent, mixed(paper, accent, part)) < LEAST_CONTRAST:
        part -= STEP
    return mixed(paper, accent, max(part, 0.0))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """The relative luminance of a colour, from 0 to 1 (WCAG 2.2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(color: str, other: str, part: float) -> str:
    """A colour with a part, from 0 to 1, of another one."""
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(255 * (one + (two - one) * part)):02x}" for one, two in pairs)


def _parts(color: str) -> list[float]:
    return [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
