"""The real server for your tests: in this process, in memory, ready in milliseconds, with a clock that the test holds.

    def test_a_login_ends_when_its_grant_is_revoked(grantwell_server):
        client = grantwell_server.make_client()
        tokens = grantwell_server.tokens(client)
        grantwell_server.revoke_grant(client)
        assert not grantwell_server.sdk.oauth.introspect(token=tokens.access_token).active

The fixture `grantwell_server` comes with `pip install grantwell[testing]`; without pytest use `GrantwellServer`.
What is named here is loaded when it is first used: pytest imports the package in every project that has it installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grantwell.testing.clock import Clock
    from grantwell.testing.consent import NoConsent
    from grantwell.testing.entrance import SeenRequest
    from grantwell.testing.faults import Faults
    from grantwell.testing.people import Person
    from grantwell.testing.server import GrantwellServer

# Where each name lives.
HOMES = {
    "Clock": "clock",
    "Faults": "faults",
    "GrantwellServer": "server",
    "NoConsent": "consent",
    "Person": "people",
    "SeenRequest": "entrance",
}

__all__ = ["Clock", "Faults", "GrantwellServer", "NoConsent", "Person", "SeenRequest"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Loads what is asked for (PEP 562)."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
        globals()[name] = value
        return value
