"""What settings must be to each other, and the defaults that follow from other settings."""

from collections.abc import Mapping
from typing import Any

from grantwell.protocol.resource import same_resource
from grantwell.settings.model import DEFAULT_MANAGEMENT_SCOPE, DEFAULT_PORT, DEFAULT_SCOPES, Settings
from grantwell.settings.sources import Given, variable_name


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

    catalogue = tuple(scope.id for scope in settings.scopes)
    of_catalogue = f"of {label('scopes')} ({', '.join(catalogue)})"
    on_postgresql = settings.sqlite_path is None
    rules = (
        # Where the catalogue lacks the default name nobody manages by scope, which is a choice; a name that was written
        # down and is not there is a mistake.
        (
            "management_scope",
            "management_scope" in given and settings.management_scope not in catalogue,
            f"must be a scope {of_catalogue}",
        ),
        (
            "registration_scopes",
            not set(settings.registration_scopes) <= set(catalogue),
            f"must be scopes {of_catalogue}",
        ),
        (
            "default_resource",
            bool(settings.resources) and not _is_among(settings.default_resource, settings),
            f"must be one of {label('resources')} ({', '.join(settings.resources)}), or the issuer",
        ),
        (
            "refresh_token_seconds",
            "refresh_token_seconds" in given and settings.refresh_token_seconds > settings.lineage_seconds,
            f"must be at most {label('lineage_seconds')} ({settings.lineage_seconds})",
        ),
        ("workers", settings.workers > 1 and not on_postgresql, f"must be 1 on SQLite: set {label('database_url')}"),
        ("secret", settings.secret is None and on_postgresql, "must be given on PostgreSQL (openssl rand -base64 32)"),
    )
    return [f"{label(name)} {words}" for name, wrong, words in rules if wrong]


def _is_among(resource: str, settings: Settings) -> bool:
    return any(same_resource(resource, known) for known in (*settings.resources, settings.issuer))
