"""The pytest plugin: the fixture `grantwell_server`. Every project's pytest loads this module; it must cost nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grantwell.testing.server import GrantwellServer

MARKER = "grantwell(**settings): settings of the `grantwell_server` of this test, over those of `grantwell_settings`"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def grantwell_settings() -> dict[str, Any]:
    """The settings of `grantwell_server`, by the names of docs/settings.md. Write your own fixture of this name."""
    return {}


@pytest.fixture
def grantwell_server(request: pytest.FixtureRequest, grantwell_settings: dict[str, Any]) -> "Iterator[GrantwellServer]":
    """A server of this test's own: the real one, in process, in memory. See `grantwell.testing.GrantwellServer`."""
    marker = request.node.get_closest_marker("grantwell")
    if marker is not None and marker.args:
        raise pytest.UsageError('the marker takes settings by their names: @pytest.mark.grantwell(scopes=["read"])')
    settings = {**grantwell_settings, **(marker.kwargs if marker else {})}
    with _make(settings) as server:
        yield server


def _make(settings: dict[str, Any]) -> "GrantwellServer":
    try:
        from grantwell.testing.server import GrantwellServer  # noqa: PLC0415 - half of all test runs never need it

        return GrantwellServer(**settings)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("grantwell"):
            raise
        raise pytest.UsageError(
            f"{error.name} is missing: install the server with pip install grantwell[testing]"
        ) from None
