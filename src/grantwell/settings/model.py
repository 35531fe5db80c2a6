"""Every knob: type, bounds, default and one line of help. `docs/settings.md` is made of this file.

A msgspec Struct, not pydantic-settings: importing that costs 0.15 s, a quarter of what a start may take, and its errors
name fields where ours name the variable, the file or the option that somebody wrote.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from grantwell.protocol.context import Registration, Scope, Server
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.server_secrets import ServerSecrets

MINUTE, HOUR, DAY = 60, 3600, 86400
SQLITE = "sqlite:///"
DEFAULT_DATA_DIR = Path("grantwell-data")

DEFAULT_PORT = 8000
DEFAULT_MANAGEMENT_SCOPE = "admin"
DEFAULT_SCOPES = (Scope("admin", "Administration", "Manage the clients of your organization"),)
DEFAULT_RATE_LIMITS = {
    "register": "100/hour",
    "client_authentication": "60/minute",
    "sign_in_account": "10/minute",
    "sign_in_address": "30/minute",
    "introspection": "10000/second",
    "consent": "120/minute",
}
# What is never shown, and what may also be given as the name of a file (`GRANTWELL_SECRET_FILE`).
SECRET_FIELDS = ("database_url", "secret", "login_client_secret", "bootstrap_password", "bootstrap_api_key")


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, complete and judged, as `load_settings` makes them. Durations are in seconds."""

    data_dir: Annotated[Path, Meta(description="Where everything lies that the server keeps.")] = DEFAULT_DATA_DIR
    database_url: Annotated[str | None, Meta(description="The database: `postgresql://...` or `sqlite:///PATH`.")] = (
        None
    )
    database_connections: Annotated[
        int, Meta(ge=1, le=1000, description="How many connections to PostgreSQL each process may hold.")
    ] = 10
    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535, description="The port to listen on.")] = DEFAULT_PORT
    workers: Annotated[int, Meta(ge=1, le=256, description="How many processes serve; more than 1 on PostgreSQL.")] = 1
    issuer: Annotated[str, Meta(description="The server's public origin (RFC 8414), which every token names.")]
    allowed_hosts: Annotated[tuple[str, ...], Meta(description="Further `Host` values to answer to.")] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Networks (CIDR) whose `X-Forwarded-For` is believed.")
    ] = ()
    consent_url: Annotated[str, Meta(description="The page that asks people for consent; it gets `consent_token`.")]
    sign_in_url: Annotated[
        str | None, Meta(description="Your own page that signs people in, instead of ours; it gets `return_to`.")
    ] = None
    scopes: Annotated[
        tuple[Scope, ...], Meta(description="The catalogue of scopes, with the words that people read.")
    ] = DEFAULT_SCOPES
    management_scope: Annotated[str, Meta(description="The scope that lets an organization's program manage.")] = (
        "admin"
    )
    registration: Annotated[
        Registration, Meta(description="Who may register clients (RFC 7591): anyone, holders of an API key, nobody.")
    ] = "open"
    registration_scopes: Annotated[tuple[str, ...], Meta(description="What self-registered clients may ask for.")]
    default_resource: Annotated[
        str, Meta(description="The audience of tokens for which no `resource` (RFC 8707) was asked.")
    ]
    resources: Annotated[
        tuple[str, ...], Meta(description="The only resources that may be asked for; none given, any may.")
    ] = ()
    allow_plain_pkce: Annotated[bool, Meta(description="Accept PKCE's `plain` method (RFC 7636) too.")] = False
    access_token_seconds: Annotated[int, Meta(ge=1, le=DAY, description="Life of an access token.")] = 30 * MINUTE
    code_seconds: Annotated[int, Meta(ge=1, le=10 * MINUTE, description="Life of an authorization code.")] = MINUTE
    consent_token_seconds: Annotated[
        int, Meta(ge=1, le=HOUR, description="How long a person may think about consent.")
    ] = 10 * MINUTE
    refresh_token_seconds: Annotated[
        int, Meta(ge=1, description="Life of a refresh token; each refresh starts it anew.")
    ] = 30 * DAY
    lineage_seconds: Annotated[
        int, Meta(ge=1, description="When a person must approve again, however often was refreshed.")
    ] = 90 * DAY
    retry_seconds: Annotated[
        int, Meta(ge=0, le=DAY, description="How long a lost answer may be asked for again; 0 is never.")
    ] = 10 * MINUTE
    session_seconds: Annotated[int, Meta(ge=1, le=30 * DAY, description="How long a sign-in lasts.")] = 12 * HOUR
    session_token_seconds: Annotated[
        int, Meta(ge=1, le=HOUR, description="Life of the tokens that our own pages act with.")
    ] = 5 * MINUTE
    jwks_max_age_seconds: Annotated[
        int, Meta(ge=0, le=DAY, description="How long the published keys may be cached.")
    ] = 5 * MINUTE
    signing_algorithm: Annotated[
        Literal["ES256", "RS256", "EdDSA"], Meta(description="How new signing keys sign (RFC 7518, RFC 8037).")
    ] = "ES256"
    signing_key_days: Annotated[int, Meta(ge=1, le=3650, description="After how many days a new key takes over.")] = 90
    reap_after_seconds: Annotated[
        int, Meta(ge=MINUTE, description="When a self-registered client goes that nobody ever authorized.")
    ] = DAY
    audit_days: Annotated[
        int, Meta(ge=0, le=36500, description="How many days the audit log goes back; 0 keeps it for ever.")
    ] = 400
    secret: Annotated[
        tuple[bytes, ...] | None,
        Meta(description="The server's secrets: the first protects what is stored, all of them can read it."),
    ] = None
    rate_limits: Annotated[
        Mapping[str, str], Meta(description="How much of what is allowed, or `off` for no limit at all.")
    ] = field(default_factory=DEFAULT_RATE_LIMITS.copy)
    log_format: Annotated[Literal["text", "json"], Meta(description="How log lines are written.")] = "text"
    metrics_address: Annotated[
        str | None, Meta(description="Where Prometheus may read `/metrics`; none given, there are no metrics.")
    ] = None
    metrics_directory: Annotated[
        Path | None, Meta(description="Where several processes share their metrics; `serve` makes one for its workers.")
    ] = None
    tracing_endpoint: Annotated[
        str | None, Meta(description="Where traces go (OpenTelemetry, OTLP over HTTP); none given, nothing is traced.")
    ] = None
    tracing_sample_ratio: Annotated[float, Meta(ge=0, le=1, description="Which part of all requests is traced.")] = 1.0
    site_name: Annotated[str, Meta(description="What the pages for people call this server.")] = "Grantwell"
    logo: Annotated[Path | None, Meta(description="An image that stands beside the name: SVG, PNG, JPEG or WebP.")] = (
        None
    )
    accent_color: Annotated[
        str | None, Meta(description="The colour of links and buttons on light pages, dark enough to be read there.")
    ] = None
    accent_color_dark: Annotated[str | None, Meta(description="The same on dark pages, light enough.")] = None
    pages_texts: Annotated[
        Path | None, Meta(description="A TOML file with words of yours for the pages, or further languages.")
    ] = None
    support_url: Annotated[str | None, Meta(description="At the foot of every page: where people find help.")] = None
    privacy_url: Annotated[str | None, Meta(description="At the foot of every page: your privacy policy.")] = None
    imprint_url: Annotated[str | None, Meta(description="At the foot of every page: who is behind this server.")] = None
    password_sign_in: Annotated[bool, Meta(description="Whether people may sign in with a password of ours.")] = True
    login_issuer: Annotated[str | None, Meta(description="An OpenID Connect provider where people sign in.")] = None
    login_client_id: Annotated[str | None, Meta(description="This server's client id at that provider.")] = None
    login_client_secret: Annotated[str | None, Meta(description="The secret that belongs to it.")] = None
    login_name: Annotated[str, Meta(description="What the button calls that provider.")] = "OpenID Connect"
    login_scopes: Annotated[str, Meta(description="What is asked for at that provider.")] = "openid email"
    login_link_by_email: Annotated[bool, Meta(description="Let its verified addresses find users of ours.")] = False
    login_sign_up: Annotated[str | None, Meta(description="The organization that new people join from there.")] = None
    shutdown_seconds: Annotated[
        int, Meta(ge=0, le=HOUR, description="How long requests may take to finish at shutdown.")
    ] = 20
    bootstrap_email: Annotated[str, Meta(description="First start: the administrator's email address.")] = (
        "admin@localhost"
    )
    bootstrap_password: Annotated[str | None, Meta(description="First start: the administrator's password.")] = None
    bootstrap_api_key: Annotated[str | None, Meta(description="First start: the administrator's API key.")] = None
    bootstrap_organization: Annotated[
        str, Meta(min_length=1, max_length=255, description="First start: the organization's name.")
    ] = "Main"

    @property
    def sqlite_path(self) -> str | None:
        """The database's file (`:memory:` is none that stays); None where the database is PostgreSQL."""
        if self.database_url is None:
            return str(self.data_dir / "grantwell.db")
        return self.database_url.removeprefix(SQLITE) if self.database_url.startswith(SQLITE) else None

    def server(
        self,
        endpoints: tuple[tuple[str, str], ...],
        metadata: tuple[tuple[str, tuple[str, ...]], ...],
        grant_types: tuple[str, ...],
        secrets: ServerSecrets,
        key_policy: KeyPolicy,
    ) -> Server:
        """What the rules know of all this, with what the composition found besides."""
        alike = {name: value for name, value in asdict(self).items() if name in Server.__struct_fields__}
        return Server(
            **alike,
            base=f"{self.issuer}/v2",
            scope_ids=tuple(scope.id for scope in self.scopes),
            jwks_max_age=self.jwks_max_age_seconds,
            key_policy=key_policy,
            secrets=secrets,
            grant_types=grant_types,
            endpoints=endpoints,
            metadata=metadata,
        )

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Name and value of each setting; of a secret only whether it is set."""
        hidden = {name: "***" for name in SECRET_FIELDS if getattr(self, name) is not None}
        return list((asdict(self) | hidden).items())

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
