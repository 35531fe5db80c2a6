"""The settings together: defaults that follow from others, contradictions, what is shown, what the rules get."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.server_secrets import server_secrets
from grantwell.settings import Settings, SettingsError, load_settings
from grantwell.settings.reference import help_of, reference

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "GRANTWELL_SECRET": bytes(range(32)).hex(),
    "GRANTWELL_BOOTSTRAP_PASSWORD": "correct horse",
    "GRANTWELL_BOOTSTRAP_API_KEY": "an-api-key-of-settings-tests",
    "GRANTWELL_DATABASE_URL": "postgresql://grantwell:hunter2@127.0.0.1/grantwell",
}
THREE_SCOPES = '[{"id": "admin"}, {"id": "read"}, {"id": "write"}]'


def with_(**variables: str) -> Settings:
    return load_settings({f"GRANTWELL_{name.upper()}": text for name, text in variables.items()})


def refusal(**variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        with_(**variables)
    return str(caught.value)


def test_the_issuer_follows_the_port_and_pages_and_resource_follow_the_issuer() -> None:
    settings = load_settings({}, port=9000)
    assert settings.issuer == "http://127.0.0.1:9000"
    assert settings.consent_url == "http://127.0.0.1:9000/consent"
    assert settings.default_resource == "http://127.0.0.1:9000"


def test_self_registered_clients_may_have_all_but_the_management_scope() -> None:
    assert with_(scopes=THREE_SCOPES).registration_scopes == ("read", "write")


def test_self_registered_clients_may_have_the_only_scope_there_is() -> None:
    assert with_().registration_scopes == ("admin",)


def test_a_catalogue_without_the_management_scope_is_one_where_no_program_manages() -> None:
    settings = with_(scopes='[{"id": "read"}, {"id": "write"}]')
    assert settings.registration_scopes == ("read", "write")


def test_a_management_scope_that_was_named_must_exist() -> None:
    assert refusal(management_scope="root") == "GRANTWELL_MANAGEMENT_SCOPE must be a scope of GRANTWELL_SCOPES (admin)"


def test_scopes_of_registration_must_exist() -> None:
    text = refusal(scopes=THREE_SCOPES, registration_scopes="read,delete")
    assert text == "GRANTWELL_REGISTRATION_SCOPES must be scopes of GRANTWELL_SCOPES (admin, read, write)"


def test_the_default_resource_is_one_of_the_resources_or_the_issuer() -> None:
    api = "https://api.example.com"
    assert with_(resources=api).default_resource == "http://127.0.0.1:8000"
    assert with_(resources=api, default_resource=f"{api}/").default_resource == f"{api}/"
    assert "must be one of GRANTWELL_RESOURCES" in refusal(resources=api, default_resource="https://other.example")


def test_a_refresh_token_does_not_outlive_the_approval_that_it_comes_from() -> None:
    assert "must be at most GRANTWELL_LINEAGE_SECONDS (60)" in refusal(refresh_token_seconds="61", lineage_seconds="60")
    assert with_(lineage_seconds="60").lineage_seconds == 60


def test_several_processes_need_postgresql() -> None:
    assert refusal(workers="2") == "GRANTWELL_WORKERS must be 1 on SQLite: set GRANTWELL_DATABASE_URL"
    assert load_settings(SECRETS, workers=2).workers == 2


def test_postgresql_needs_a_secret_that_was_given() -> None:
    url = SECRETS["GRANTWELL_DATABASE_URL"]
    assert refusal(database_url=url).startswith("GRANTWELL_SECRET must be given on PostgreSQL")


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:////var/db/a.db", "/var/db/a.db"), ("sqlite:///a.db", "a.db"), ("", "there/grantwell.db")],
)
def test_the_database_lies_in_the_data_directory_unless_it_is_named(url: str, path: str) -> None:
    assert with_(data_dir="there", database_url=url).sqlite_path == path


def test_postgresql_is_no_file() -> None:
    assert load_settings(SECRETS).sqlite_path is None


def test_secrets_are_masked_wherever_settings_are_shown() -> None:
    settings = load_settings(SECRETS)
    for shown in (repr(settings), str(settings), f"{settings!r}", pretty_repr(settings)):
        assert "***" in shown
        assert not [text for text in (*SECRETS.values(), "hunter2", r"\x01\x02") if text in shown]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(load_settings({}), "port", 1)  # noqa: B010 - mypy knows that it cannot be assigned


def test_the_rules_get_what_was_set() -> None:
    settings = with_(issuer="https://auth.example.com", retry_seconds="0", jwks_max_age_seconds="7")
    secrets = server_secrets((bytes(range(32)),))
    endpoints = (("token_endpoint", "https://auth.example.com/v2/oauth/token"),)
    policy = KeyPolicy("EdDSA", 1, 2, 3)
    server = settings.server(endpoints, (("x", ("y",)),), ("refresh_token",), secrets, policy)
    assert (server.issuer, server.base) == ("https://auth.example.com", "https://auth.example.com/v2")
    assert (server.retry_seconds, server.jwks_max_age, server.scopes) == (0, 7, settings.scopes)
    assert (server.endpoints, server.grant_types, server.secrets) == (endpoints, ("refresh_token",), secrets)
    assert server.key_policy == policy


def test_every_setting_has_one_line_of_help() -> None:
    for name in Settings.__struct_fields__:
        text = help_of(name)
        assert text.endswith("."), name
        assert "\n" not in text, name


def test_the_page_about_settings_is_up_to_date() -> None:
    printed = subprocess.run([sys.executable, "-m", "grantwell.settings"], capture_output=True, check=True, text=True)
    assert printed.stdout == reference()
    assert (ROOT / "docs" / "settings.md").read_text() == reference(), "python -m grantwell.settings > docs/settings.md"


def test_the_page_about_settings_names_every_variable_with_its_default() -> None:
    page = reference()
    for name in Settings.__struct_fields__:
        assert f"### `GRANTWELL_{name.upper()}`" in page
    assert "None" not in page
