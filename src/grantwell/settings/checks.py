"""What settings must be to each other, and the defaults that follow from other settings."""

from collections.abc import Callable, Mapping
from typing import Any

from grantwell.protocol.resource import same_resource
from grantwell.settings.model import DEFAULT_MANAGEMENT_SCOPE, DEFAULT_PORT, DEFAULT_SCOPES, Settings
from grantwell.settings.sources import Given, variable_name

Label = Callable[[str], str]
Rule = tuple[str, bool, str]  # the setting, whether it is wrong, and words that go on after its name


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """Add the defaults that depend on other settings."""
    issuer = values.get("issuer", f"http://127.0.0.1:{values.get('port', DEFAULT_PORT)}")
    catalogue = tuple(scope.id for scope in values.get("scopes", DEFAULT_SCOPES))
    management_scope = values.get("management_scope", DEFAULT_MANAGEMENT_SCOPE)
    without_management = tuple(scope for scope in catalogue if scope != management_scope)
    return {
        "issuer": issuer,
        "consent_url": f"{issuer}/consent",
        "default_resource": issuer,
        "registration_scopes": catalogue if len(catalogue) == 1 else without_management,
        **values,
    }


def check(settings: Settings, given: Mapping[str, Given]) -> list[str]:
    """A problem for each setting that contradicts another one; `given` are those that somebody wrote."""

    def label(name: str) -> str:
        return given[name].label if name in given else variable_name(name)

    rules = (
        *_of_scopes(settings, given, label),
        *_of_lives(settings, given, label),
        *_of_places(settings, label),
        *_of_login(settings, given, label),
    )
    return [f"{label(name)} {words}" for name, wrong, words in rules if wrong]


def _of_scopes(settings: Settings, given: Mapping[str, Given], label: Label) -> tuple[Rule, ...]:
    catalogue = tuple(scope.id for scope in settings.scopes)
    of_catalogue = f"of {label('scopes')} ({', '.join(catalogue)})"
    # Where the catalogue lacks the default name nobody manages by scope, which is a choice; a name that was written
    # down and is not there is a mistake.
    lacks_management = "management_scope" in given and settings.management_scope not in catalogue
    return (
        ("management_scope", lacks_management, f"must be a scope {of_catalogue}"),
        (
            "registration_scopes",
            not set(settings.registration_scopes) <= set(catalogue),
            f"must be scopes {of_catalogue}",
        ),
    )


def _of_lives(settings: Settings, given: Mapping[str, Given], label: Label) -> tuple[Rule, ...]:
    longest = settings.lineage_seconds
    too_long = "refresh_token_seconds" in given and settings.refresh_token_seconds > longest
    return (("refresh_token_seconds", too_long, f"must be at most {label('lineage_seconds')} ({longest})"),)


def _of_places(settings: Settings, label: Label) -> tuple[Rule, ...]:
    on_postgresql = settings.sqlite_path is None
    known = f"{label('resources')} ({', '.join(settings.resources)})"
    return (
        (
            "default_resource",
            _is_foreign(settings.default_resource, settings),
            f"must be one of {known}, or the issuer",
        ),
        ("workers", settings.workers > 1 and not on_postgresql, f"must be 1 on SQLite: set {label('database_url')}"),
        ("secret", settings.secret is None and on_postgresql, "must be given on PostgreSQL (openssl rand -base64 32)"),
    )


def _of_login(settings: Settings, given: Mapping[str, Given], label: Label) -> tuple[Rule, ...]:
    issuer, lacks = label("login_issuer"), settings.login_issuer is None
    of_login = ("login_client_id", "login_client_secret", "login_name", "login_scopes", "login_link_by_email")
    return (
        ("login_client_id", not lacks and not settings.login_client_id, f"must be given with {issuer}"),
        ("login_issuer", settings.login_issuer == settings.issuer, "must be another server than this one"),
        ("password_sign_in", lacks and not settings.password_sign_in, f"must be true without {issuer}"),
        *((name, lacks and name in given, f"says nothing without {issuer}") for name in (*of_login, "login_sign_up")),
    )


def _is_foreign(resource: str, settings: Settings) -> bool:
    known = (*settings.resources, settings.issuer)
    return bool(settings.resources) and not any(same_resource(resource, each) for each in known)
