"""`docs/settings.md`, made of the settings themselves."""

from typing import Any, get_args

from msgspec import NODEFAULT, Struct, to_builtins
from msgspec.json import encode
from msgspec.structs import fields

from grantwell.settings.model import SECRET_FIELDS, Settings
from grantwell.settings.sources import FILE_NAME, variable_name
from grantwell.settings.values import TYPES, form

# What a default is that follows from other settings, or is made.
DEFAULTS_IN_WORDS = {
    "issuer": "`http://127.0.0.1:PORT`",
    "consent_url": "the issuer, then `/consent`: our own page",
    "default_resource": "the issuer",
    "registration_scopes": "the catalogue without the management scope; all of it where it has one entry",
    "database_url": "SQLite: `grantwell.db` in the data directory",
    "secret": "SQLite: made at the first start beside the database; PostgreSQL: none, so it must be given",
    "resources": "any",
    "allowed_hosts": "the issuer's host alone; every loopback name for an issuer on loopback",
    "trusted_proxies": "none",
    "metrics_address": "none",
    "metrics_directory": "a temporary one, if there are several workers",
    "tracing_endpoint": "none",
    "logo": "ours",
    "accent_color": "ours",
    "accent_color_dark": "one that follows from `GRANTWELL_ACCENT_COLOR`, or ours",
    "pages_texts": "none",
    "support_url": "none",
    "privacy_url": "none",
    "imprint_url": "none",
    "login_issuer": "none: people sign in here only",
    "login_client_id": "none",
    "login_client_secret": "none: a public client, which PKCE protects",
    "login_sign_up": "none: only people who have an account here come in",
    "bootstrap_password": "made, and printed once",
    "bootstrap_api_key": "made, and printed once",
    "data_dir": "`./grantwell-data`",
}
HEAD = f"""# Settings

<!-- Made by `python -m grantwell.settings`: change src/grantwell/settings/model.py instead. -->

Each setting is an environment variable, and a key of `{FILE_NAME}` in the data directory: its name in lower case,
without `GRANTWELL_`. Options of the command line win over variables, variables over the file, the file over defaults.
A variable that is empty says nothing. A name that is not in this list is an error, and so is every value that cannot
be used; the server then tells all of them at once and does not start.

Those marked *secret* may be given as a file: `GRANTWELL_SECRET_FILE=/run/secrets/grantwell` instead of
`GRANTWELL_SECRET`, and `secret_file = "..."` in `{FILE_NAME}`. They never appear in logs or errors.

Lists are separated by commas, or are JSON arrays; in `{FILE_NAME}` they are arrays, and tables are tables:

```toml
issuer = "https://auth.example.com"
resources = ["https://api.example.com"]

[[scopes]]
id = "orders:read"
name = "See your orders"
description = "Read the orders of your account"

[rate_limits]
register = "20/hour"
consent = "off"
```

## All settings
"""


def reference() -> str:
    """The whole page."""
    return HEAD + "".join(_entry(each.name, each.default, each.default_factory) for each in fields(Settings))


def help_of(name: str) -> str:
    """The one line that says what a setting is."""
    return str(get_args(TYPES[name])[1].description)


def _entry(name: str, default: Any, factory: Any) -> str:
    secret = " (*secret*)" if name in SECRET_FIELDS else ""
    value = factory() if factory is not NODEFAULT else default
    shown = DEFAULTS_IN_WORDS.get(name) or f"`{_text(value)}`"
    return f"\n### `{variable_name(name)}`{secret}\n\n{help_of(name)}\n\n- Value: {form(name)}\n- Default: {shown}\n"


def _text(value: Any) -> str:
    """A default as it would be written in a variable."""
    if isinstance(value, str):
        return value
    is_list_of_texts = isinstance(value, tuple) and not any(isinstance(item, Struct) for item in value)
    return ",".join(value) if is_list_of_texts else encode(to_builtins(value)).decode()
