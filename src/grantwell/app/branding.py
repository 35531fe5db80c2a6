"""What the settings make of the pages: judged at the start, for a page is a bad place to learn of a mistake."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from grantwell.settings import Settings, SettingsError
from grantwell.settings.sources import variable_name

if TYPE_CHECKING:
    from grantwell.pages.brand import Brand

Read = TypeVar("Read")
# Those of our own texts: to ask the pages for them would cost every command the time to import them.
LANGUAGES = ("en", "de")


def check_brand(settings: Settings) -> None:
    """Raises SettingsError for a logo, colours or texts that cannot be used. Without any of them it costs nothing."""
    # The pages are imported for this, which takes as long as the rest of a start.
    if settings.logo or settings.accent_color or settings.accent_color_dark or settings.pages_texts:
        brand_of(settings)


def languages_of(settings: Settings) -> tuple[str, ...]:
    """The languages (RFC 5646) that people can read the pages in; none where the consent page is not ours."""
    if not settings.consent_url.startswith(f"{settings.issuer}/"):
        return ()
    try:
        written = _written(settings.pages_texts) if settings.pages_texts else {}
    except (OSError, ValueError):
        # A server does not start with it; commands have nothing to do with it.
        written = {}
    return tuple(dict.fromkeys((*LANGUAGES, *written)))


def brand_of(settings: Settings) -> "Brand":
    """The brand. Raises SettingsError with all that is wrong."""
    from grantwell.pages.brand import Brand, read_logo  # noqa: PLC0415 - see Later
    from grantwell.pages.colors import accent_tokens  # noqa: PLC0415 - see Later

    problems: list[str] = []
    light, dark = settings.accent_color, settings.accent_color_dark
    brand = Brand(
        settings.site_name,
        _read("logo", lambda: read_logo(settings.logo) if settings.logo else None, problems),
        light or "",
        dark or "",
        {kind: getattr(settings, f"{kind}_url") or "" for kind in ("support", "privacy", "imprint")},
        _read("pages_texts", lambda: _texts(settings), problems),
    )
    _read("accent_color", lambda: light and accent_tokens(light, "light"), problems)
    _read("accent_color_dark", lambda: dark and accent_tokens(dark, "dark"), problems)
    if problems:
        raise SettingsError(problems)
    return brand


def _read(name: str, read: Callable[[], Read | None], problems: list[str]) -> Read | None:
    try:
        return read()
    except ValueError as error:
        problems += [f"{variable_name(name)} {line}" for line in str(error).splitlines()]
        return None


def _texts(settings: Settings) -> dict[str, dict[str, str]] | None:
    path = settings.pages_texts
    if path is None:
        return None
    from grantwell.pages.texts.overrides import WrongTexts, with_overrides  # noqa: PLC0415 - see Later

    try:
        return with_overrides(_written(path), [scope.id for scope in settings.scopes])
    except WrongTexts as error:
        raise ValueError("\n".join(f"({path}): {problem}" for problem in error.problems)) from None
    except (OSError, ValueError) as error:
        raise ValueError(f"names a file that cannot be read: {path} ({error})") from None


def _written(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - 13 ms of a start, for those who have such a file

    return tomllib.loads(path.read_text("utf-8"))
