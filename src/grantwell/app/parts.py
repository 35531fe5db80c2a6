"""What the settings make of each room."""

import os
import time
from collections.abc import Callable

from grantwell.app.branding import languages_of
from grantwell.app.registered import ALL_GRANT_TYPES, ALL_OPERATIONS
from grantwell.asgi.background import Plans
from grantwell.asgi.routes import BASE
from grantwell.extensions import EXTENSIONS
from grantwell.jobs.clean_up import plan_clean_up
from grantwell.jobs.signing_keys import plan_rotation
from grantwell.protocol.context import Context, Server
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.keys import KeySet
from grantwell.protocol.server_secrets import ServerSecrets, server_secrets
from grantwell.settings import Settings
from grantwell.storage.database import data_dir_of, open_database
from grantwell.storage.secret_file import read_or_make_secret

open_backend = open_database

Clock = Callable[[], float]
Entropy = Callable[[int], bytes]
SECRET_FILE = "secret.hex"  # noqa: S105 - a name


def secrets_of(settings: Settings) -> ServerSecrets:
    """The server's secrets: those given, or the embedded installation's own."""
    return server_secrets(settings.secret or (read_or_make_secret(data_dir_of(settings) / SECRET_FILE),))


def server_of(settings: Settings) -> Server:
    """This authorization server, as registered operations and settings describe it."""
    advertised = tuple(
        (each.documentation.advertised_as, f"{settings.issuer}{BASE}{each.path}")
        for each in ALL_OPERATIONS
        if each.documentation.advertised_as
    )
    metadata = tuple(entry for extension in EXTENSIONS for entry in extension.metadata)
    if languages := languages_of(settings):
        metadata += (("ui_locales_supported", languages),)
    grant_types = tuple(grant_type.name for grant_type in ALL_GRANT_TYPES)
    return settings.server(advertised, metadata, grant_types, secrets_of(settings), key_policy(settings))


def key_policy(settings: Settings) -> KeyPolicy:
    """How long signing keys live. A key is published for twice as long as the key set may be cached.

    It verifies until the last of whatever it signed has expired, which pages' tokens may do after those of clients.
    """
    return KeyPolicy(
        settings.signing_algorithm,
        settings.signing_key_days * 86400,
        2 * settings.jwks_max_age_seconds + 60,
        max(settings.access_token_seconds, settings.session_token_seconds),
    )


def operator_context(server: Server, *, clock: Clock = time.time, entropy: Entropy = os.urandom) -> Context:
    """The circumstances of something that an operator does at the command line."""
    return Context(server, KeySet(()), int(clock()), entropy, "cli", "")


def plans_of(settings: Settings) -> Plans:
    """The jobs, with this installation's policies."""
    policy = key_policy(settings)
    return Plans(
        lambda rows, now: plan_rotation(rows, now, policy),
        lambda now: plan_clean_up(
            now,
            token_seconds=settings.access_token_seconds,
            lineage_seconds=settings.lineage_seconds,
            reap_seconds=settings.reap_after_seconds,
            audit_seconds=settings.audit_days * 86400,
        ),
    )
