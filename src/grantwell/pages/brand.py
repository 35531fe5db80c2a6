"""What an operator makes of the pages without changing them: name, logo, colours, links, words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from grantwell.pages.colors import accent_tokens, for_the_dark

MAXIMUM_LOGO = 256 * 1024
# By how a file begins. An SVG is text, and may begin with a declaration or a comment.
IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
LOOK_FOR_SVG = 1024


@dataclass(frozen=True)
class Logo:
    """An image, and its media type."""

    content: bytes = field(repr=False)
    media_type: str

    @cached_property
    def version(self) -> str:
        """What changes whenever the image does."""
        return _digest(self.content)


@dataclass(frozen=True)
class Brand:
    """An operator's own.

    Args:
        name: what the pages call this server.
        logo: stands beside the name.
        accent: the colour of links and buttons on light pages, as in `#1f5f4b`; empty for ours.
        accent_dark: the same on dark pages; empty for one that follows from `accent`.
        links: addresses of pages of the operator's, by `support`, `privacy` or `imprint`; an empty one is none.
        texts: the catalogue's own texts with the operator's among them, by language and key; none for ours alone.

    `css` raises ValueError for colours that could not be read.
    """

    name: str = "Grantwell"
    logo: Logo | None = None
    accent: str = ""
    accent_dark: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] | None = None

    @cached_property
    def css(self) -> str:
        """The style sheet that sets the accents; empty if there are none."""
        dark = self.accent_dark or (self.accent and for_the_dark(self.accent))
        light_rule = _rule(accent_tokens(self.accent, "light")) if self.accent else ""
        dark_rule = f"@media (prefers-color-scheme: dark) {{\n{_rule(accent_tokens(dark, 'dark'))}}}\n" if dark else ""
        return light_rule + dark_rule

    @cached_property
    def css_version(self) -> str:
        """What changes whenever the style sheet does; empty if there is none."""
        return _digest(self.css.encode()) if self.css else ""


def read_logo(path: Path) -> Logo:
    """The logo in a file. Raises ValueError, in words that go on after the setting's name."""
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_LOGO + 1)
    except OSError as error:
        raise ValueError(f"names a file that cannot be read: {path} ({error.strerror})") from None
    if len(content) > MAXIMUM_LOGO:
        raise ValueError(f"names a file that is larger than {MAXIMUM_LOGO // 1024} KiB: {path}")
    media_type = media_type_of(content)
    if not media_type:
        raise ValueError(f"must name an image (SVG, PNG, JPEG or WebP), and {path} is none")
    return Logo(content, media_type)


def media_type_of(content: bytes) -> str:
    """The media type of an image, by its content; empty for anything else."""
    for beginning, media_type in IMAGES.items():
        if content.startswith(beginning):
            return media_type
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return "image/svg+xml" if b"<svg" in content[:LOOK_FOR_SVG] and content.lstrip()[:1] == b"<" else ""


def _rule(tokens: Mapping[str, str]) -> str:
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f":root {{\n{lines}}}\n"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]
