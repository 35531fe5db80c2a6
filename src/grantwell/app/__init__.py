"""The composition root: joins the rooms, nothing else."""

from grantwell.app.application import Application
from grantwell.app.making import create_app
from grantwell.app.parts import (
    SECRET_FILE,
    key_policy,
    open_backend,
    operator_context,
    plans_of,
    secrets_of,
    server_of,
)
from grantwell.app.registered import ALL_GRANT_TYPES, ALL_OPERATIONS
from grantwell.app.serving import serve, serve_in_workers, work
from grantwell.asgi.first_start import Prepared

__all__ = [
    "ALL_GRANT_TYPES",
    "ALL_OPERATIONS",
    "SECRET_FILE",
    "Application",
    "Prepared",
    "create_app",
    "key_policy",
    "open_backend",
    "operator_context",
    "plans_of",
    "secrets_of",
    "serve",
    "serve_in_workers",
    "server_of",
    "work",
]
