"""What an operator makes of the pages: seen from a browser, and refused at the start where it cannot be."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import StartServer
from tests.pages.visitor import Visitor, read
from tests.support.server import EMAIL, PASSWORD, settings_for

from grantwell.app import create_app
from grantwell.app.branding import LANGUAGES
from grantwell.pages.texts.catalogue import SHIPPED
from grantwell.pages.texts.overrides import with_overrides
from grantwell.settings import SettingsError, load_settings

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'
EVIL_SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
EVIL = '"><script>alert(1)</script>{{ 70001 * 70001 }}'


def written(directory: Path, name: str, content: str | bytes) -> Path:
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def test_name_logo_colours_and_links_are_on_every_page(start_server: StartServer, tmp_path: Path) -> None:
    server = await start_server(
        site_name="Example Login",
        logo=written(tmp_path, "logo.svg", SVG),
        accent_color="#7a1fa2",
        support_url="mailto:help@example.com",
        privacy_url="https://example.com/privacy",
    )
    visitor = Visitor(server)
    for path in ("/", "/sign-in", "/docs", "/nowhere", "/v2/oauth/authorize"):
        page = await visitor.get(path, headers={"accept": "text/html"})
        reader = read(page, page.status_code)
        assert "· Example Login" in reader.text
        assert reader.links["Support"]["href"] == "mailto:help@example.com"
        assert reader.links["Privacy"]["href"] == "https://example.com/privacy"
        assert "Imprint" not in reader.links
        assert '<img src="/static/brand-logo?v=' in page.text
        assert "/static/brand.css?v=" in page.text


async def test_the_colours_are_a_style_sheet_of_our_own(start_server: StartServer) -> None:
    server = await start_server(accent_color="#7a1fa2", accent_color_dark="#fff")
    style = await Visitor(server).get("/static/brand.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    light, dark = style.text.split("@media (prefers-color-scheme: dark)")
    assert "--accent: #7a1fa2;" in light
    assert "--accent: #ffffff;" in dark


async def test_without_a_brand_there_are_neither_colours_nor_a_logo(start_server: StartServer) -> None:
    visitor = Visitor(await start_server())
    assert "brand" not in (await visitor.get("/sign-in")).text.replace('class="brand"', "")
    for path in ("/static/brand.css", "/static/brand-logo"):
        assert (await visitor.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (EVIL_SVG, "image/svg+xml"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 8, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
async def test_a_logo_is_a_picture_and_can_be_nothing_else(
    start_server: StartServer, tmp_path: Path, content: str | bytes, media_type: str
) -> None:
    server = await start_server(logo=written(tmp_path, "logo", content))
    logo = await Visitor(server).get("/static/brand-logo")
    assert logo.headers["content-type"] == media_type
    assert logo.headers["x-content-type-options"] == "nosniff"
    assert logo.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def test_names_and_words_are_text_whatever_stands_in_them(start_server: StartServer, tmp_path: Path) -> None:
    words = f"""
        [en.language]
        name = '{EVIL.replace("{{", "{{{{").replace("}}", "}}}}")}'
        [en.home]
        about = '<img src=x onerror=alert(1)> {{{{ 70001 * 70001 }}}}'
        every_operation = '<i>{{operations}}</i> {{openapi}}'
        [en.sign_in]
        title = '<i>Sign in</i>'
    """
    server = await start_server(site_name=EVIL, pages_texts=written(tmp_path, "texts.toml", words))
    visitor = Visitor(server)
    await server.make_client()
    for path in ("/", "/sign-in", "/docs", "/nowhere"):
        page = await visitor.get(path, headers={"accept": "text/html", "accept-language": "en"})
        reader = read(page, page.status_code)
        assert not {"script", "i"} & set(reader.tags)
        assert reader.tags.count("img") == 1
        assert str(70001 * 70001) not in reader.text


async def test_an_operators_words_and_languages_are_on_the_pages(start_server: StartServer, tmp_path: Path) -> None:
    words = """
        [de.sign_in]
        title = "Willkommen"
        [fr.language]
        name = "Français"
        [fr.sign_in]
        title = "Connexion"
        [fr.scopes.admin]
        name = "Administration"
        description = "Gérer les clients de votre organisation"
    """
    server = await start_server(pages_texts=written(tmp_path, "texts.toml", words))
    german, french = Visitor(server, {"accept-language": "de"}), Visitor(server, {"accept-language": "fr"})
    assert "Willkommen" in read(await german.get("/sign-in")).text
    page = read(await french.get("/sign-in"))
    assert "Connexion" in page.text
    assert "Email address" in page.text
    assert page.links["Deutsch"]["hreflang"] == "de"
    await french.sign_in(EMAIL, PASSWORD)
    consent = read(await french.get(await french.ask(await server.make_client())))
    assert "Gérer les clients de votre organisation" in consent.text
    metadata = (await server.http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["ui_locales_supported"] == ["en", "de", "fr"]


def test_the_languages_that_are_advertised_are_those_of_the_pages() -> None:
    assert LANGUAGES == SHIPPED


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"accent_color": "#ffff00"},
            "GRANTWELL_ACCENT_COLOR has too little contrast to the light pages (#ffffff): 1.1",
        ),
        ({"accent_color_dark": "#000000"}, "GRANTWELL_ACCENT_COLOR_DARK has too little contrast to the dark pages"),
        ({"logo": "<html><body>"}, "GRANTWELL_LOGO must name an image (SVG, PNG, JPEG or WebP), and "),
        ({"logo": "x" * (256 * 1024 + 1)}, "GRANTWELL_LOGO names a file that is larger than 256 KiB"),
        ({"pages_texts": "[en.consent]\nalow = 'x'"}, "en.consent.alow is not a text of the pages. Did you mean"),
        ({"pages_texts": "[en.consent\n"}, "GRANTWELL_PAGES_TEXTS names a file that cannot be read"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    files = {name: written(tmp_path, name, text) for name, text in settings.items() if "color" not in name}
    with pytest.raises(SettingsError) as refused:
        await create_app(settings_for(tmp_path / "data", **(settings | files)))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("site_name", "", "must be text of 1 to 60 characters, in one line"),
        ("site_name", "x" * 61, "must be text of 1 to 60 characters, in one line"),
        ("site_name", "a\nb", "must be text of 1 to 60 characters, in one line"),
        ("logo", "/nowhere/logo.svg", "must be the path of a file, and /nowhere/logo.svg is none"),
        ("accent_color", "green", "must be a colour, as in #1f5f4b"),
        ("accent_color", "#12345", "must be a colour, as in #1f5f4b"),
        ("accent_color", "#000;} body{", "must be a colour, as in #1f5f4b"),
        ("privacy_url", "javascript:alert(1)", "must be the address of a page"),
        ("privacy_url", "mailto:a@example.com", "must be the address of a page"),
        ("support_url", "mailto:a@example.com?cc=b", "must be the address of a page, or mailto: and an email address"),
        ("imprint_url", "/imprint", "must be the address of a page"),
    ],
)
def test_a_setting_that_is_none_is_refused(tmp_path: Path, name: str, value: Any, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({}, data_dir=tmp_path, **{name: value})
    assert str(refused.value).startswith(f"{name} {words}")


def test_the_words_of_the_documentation_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "branding-and-languages.md").read_text()
    files = re.findall(r"<!-- checked -->\n```toml\n(.*?)```", page, re.DOTALL)
    assert len(files) == 2
    for words in files:
        with_overrides(tomllib.loads(words), ["admin"])
