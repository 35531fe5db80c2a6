"""What the consent page says of a request."""

from dataclasses import replace
from typing import Any

import pytest

from grantwell.pages.consent_view import Destination, Logo, view_of
from grantwell.pages.texts import Texts, shipped_catalogue
from grantwell.sdk.types import Consent, RequestedScope
from grantwell.settings.model import DEFAULT_SCOPES

ISSUER = "https://auth.example"
ENGLISH = shipped_catalogue()["en"]
CONSENT = Consent(
    client_id="client-1",
    name="Example",
    redirect_uri="https://app.example/callback",
    requested_scopes=[
        RequestedScope(id="calls", name="Calls", description="See calls"),
        RequestedScope(id="messages", name="Messages", description="Send messages"),
    ],
    verified=False,
    extra={"resource": ISSUER, "loopback": False, "new_scopes": ["calls", "messages"], "consent_required": True},
)


EXTRA = ("resource", "loopback", "new_scopes", "first_party")


def consent(**changes: Any) -> Consent:
    extra = {name: changes.pop(name) for name in EXTRA if name in changes}
    return replace(CONSENT, **changes, extra=CONSENT.extra | extra)


@pytest.mark.parametrize(
    ("redirect_uri", "loopback", "shown"),
    [
        ("https://app.example/callback", False, Destination("web", "app.example")),
        ("https://app.example:8443/callback", False, Destination("web", "app.example:8443")),
        ("https://accounts.example.evil.test/callback", False, Destination("web", "accounts.example.evil.test")),
        ("http://127.0.0.1:49152/callback", True, Destination("loopback", "127.0.0.1:49152")),
        ("http://[::1]:49152/", True, Destination("loopback", "[::1]:49152")),
        ("http://localhost/callback", True, Destination("loopback", "localhost")),
        # What follows a private scheme looks like a host, and is none.
        ("cursor://accounts.google.com/oauth/callback", False, Destination("app", "cursor:")),
        ("com.example.app:/callback", False, Destination("app", "com.example.app:")),
    ],
)
def test_the_destination_is_what_proves_who_gets_the_answer(
    redirect_uri: str, loopback: bool, shown: Destination
) -> None:
    assert view_of(consent(redirect_uri=redirect_uri, loopback=loopback), ISSUER, ENGLISH).destination == shown


@pytest.mark.parametrize(
    ("new", "marked", "asked_before"),
    [
        (["calls", "messages"], [], False),
        (["messages"], ["Messages"], False),
        ([], [], True),
    ],
)
def test_scopes_are_marked_as_new_where_others_are_known(new: list[str], marked: list[str], asked_before: bool) -> None:
    view = view_of(consent(new_scopes=new), ISSUER, ENGLISH)
    assert [scope.name for scope in view.scopes if scope.new] == marked
    assert view.asked_before is asked_before


def test_without_word_about_new_scopes_nothing_counts_as_known() -> None:
    assert not view_of(replace(CONSENT, extra={}), ISSUER, ENGLISH).asked_before


def test_a_scope_without_words_goes_by_its_id() -> None:
    view = view_of(consent(requested_scopes=[RequestedScope(id="calls")]), ISSUER, ENGLISH)
    assert [(scope.name, scope.description) for scope in view.scopes] == [("calls", "")]


@pytest.mark.parametrize(
    ("verified", "first_party", "standing"),
    [
        (True, False, "verified"),
        (True, True, "verified"),
        (False, True, "own"),
        (None, True, "own"),
        (False, False, "stranger"),
        (None, None, "stranger"),
        (None, "true", "stranger"),
    ],
)
def test_only_the_server_can_say_who_vouches_for_a_client(
    verified: bool | None, first_party: object, standing: str
) -> None:
    view = view_of(consent(verified=verified, first_party=first_party), ISSUER, ENGLISH)
    assert view.standing == standing


@pytest.mark.parametrize(
    ("logo_uri", "origin"),
    [
        ("https://client.example/logo.png", "https://client.example"),
        ("https://cdn.client.example:8443/a/b?c=d", "https://cdn.client.example:8443"),
    ],
)
def test_a_verified_clients_logo_is_shown_from_its_own_origin(logo_uri: str, origin: str) -> None:
    assert view_of(consent(verified=True, logo_uri=logo_uri), ISSUER, ENGLISH).logo == Logo(logo_uri, origin)


@pytest.mark.parametrize("extra", [{"verified": False}, {"verified": None}, {"verified": False, "first_party": True}])
def test_a_logo_that_nobody_vouches_for_is_not_loaded(extra: dict[str, Any]) -> None:
    assert view_of(consent(logo_uri="https://client.example/logo.png", **extra), ISSUER, ENGLISH).logo is None


@pytest.mark.parametrize(
    "logo_uri",
    [
        None,
        "",
        "http://client.example/logo.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//client.example/logo.png",
        "https://client.example; script-src *//logo.png",
        "https://*/logo.png",
        "https://user@client.example/logo.png",
        "https://client.example",
        "https://[::1]/logo.png",
        "https://CLIENT.example/logo.png",
        "https://client.example/a b.png",
        "https://client.example/\r\nX: y",
        "https://bücher.example/logo.png",
        "https://client.example:port/logo.png",
    ],
)
def test_a_logo_that_would_bend_the_pages_policy_is_not_shown(logo_uri: str | None) -> None:
    assert view_of(consent(verified=True, logo_uri=logo_uri), ISSUER, ENGLISH).logo is None


def test_the_resource_is_named_unless_it_is_this_server() -> None:
    assert view_of(consent(resource=ISSUER), ISSUER, ENGLISH).resource == ""
    assert view_of(consent(resource=f"{ISSUER}/"), ISSUER, ENGLISH).resource == ""
    assert view_of(consent(resource="https://mcp.example/mcp"), ISSUER, ENGLISH).resource == "https://mcp.example/mcp"


def test_links_are_web_addresses_and_show_their_host() -> None:
    view = view_of(consent(tos_uri="https://app.example/terms", policy_uri="javascript:alert(1)"), ISSUER, ENGLISH)
    assert [(link.kind, link.href, link.host) for link in view.links] == [
        ("terms", "https://app.example/terms", "app.example")
    ]


@pytest.mark.parametrize(("name", "initial"), [("example", "E"), ("«Éclair»", "É"), ("…", "?"), ("7zip", "7")])
def test_a_client_is_stood_for_by_its_initial(name: str, initial: str) -> None:
    assert view_of(consent(name=name), ISSUER, ENGLISH).initial == initial


def test_an_operators_words_for_a_scope_win_over_those_of_the_catalogue_of_scopes() -> None:
    german = Texts("de", {"scopes.calls.name": "Anrufe", "scopes.calls.description": "Anrufe sehen"})
    shown = [(scope.name, scope.description) for scope in view_of(CONSENT, ISSUER, german).scopes]
    assert shown == [("Anrufe", "Anrufe sehen"), ("Messages", "Send messages")]


def test_an_app_without_a_name_and_an_id_is_an_app() -> None:
    assert view_of(consent(name="", client_id=""), ISSUER, shipped_catalogue()["de"]).name == "Eine App"


def test_the_scope_that_there_is_without_any_settings_has_words_in_german() -> None:
    ours = [RequestedScope(id=each.id, name=each.name, description=each.description) for each in DEFAULT_SCOPES]
    (english,) = view_of(consent(requested_scopes=ours), ISSUER, ENGLISH).scopes
    (german,) = view_of(consent(requested_scopes=ours), ISSUER, shipped_catalogue()["de"]).scopes
    assert (english.name, english.description) == (ours[0].name, ours[0].description)
    assert (german.name, german.description) == ("Verwaltung", "Die Clients Ihrer Organisation verwalten")
