"""Metrics and traces, joined to the application where the settings ask for them. Otherwise nothing of them is imported.

Requests are counted in any case: what the console shows of the last hour is made of it.

Whatever can fail does so when an observation is made, which is before anything else is: a first start that ended with
an error would have made a password that nobody has seen.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from grantwell.app.parts import Clock, key_policy
from grantwell.app.registered import ALL_GRANT_TYPES
from grantwell.asgi.background import Background
from grantwell.asgi.driver import Driver
from grantwell.asgi.event import Sink, each_of
from grantwell.asgi.history import History
from grantwell.asgi.http import ASGIApp
from grantwell.asgi.serving import CannotServe
from grantwell.asgi.tally import Tally
from grantwell.settings import Settings

if TYPE_CHECKING:
    from grantwell.asgi.metrics.endpoint import MetricsServer
    from grantwell.asgi.metrics.gathering import Sources
    from grantwell.asgi.tracing import Tracing


class Observation:
    """What watches one process besides its log."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises CannotServe: the address for metrics is taken, the packages for traces are missing."""
        self._settings = settings
        self._tally = Tally()
        self.history = _history(settings, self._tally, clock)
        self._metrics = _metrics(settings, self._tally)
        self._tracing = _tracing(settings)

    def sink(self, log: Sink) -> Sink:
        """The sink that takes the events of requests, and hands them on to the log."""
        told = each_of([self._tally, log])
        return self._tracing.sink(told) if self._tracing else told

    def around(self, edge: ASGIApp) -> ASGIApp:
        """What answers requests in the place of the edge."""
        return self._tracing.around(edge) if self._tracing else edge

    async def start(self, driver: Driver, background: Background, clock: Clock, lines_lost: Callable[[], int]) -> None:
        """Begin to show metrics, which come from these parts, and to share what is counted."""
        self.history.start()
        if self._metrics:
            await self._metrics.start(_sources(self._settings, driver, background, clock, lines_lost))

    async def stop(self) -> None:
        """End, and send what is left."""
        await self.history.stop()
        if self._metrics:
            await self._metrics.stop()
        tracing, self._tracing = self._tracing, None
        if tracing:
            await tracing.stop()


def _history(settings: Settings, tally: Tally, clock: Clock) -> History:
    try:
        return History(tally, settings.metrics_directory, clock)
    except OSError as error:
        raise CannotServe(f"cannot share metrics in {settings.metrics_directory}: {error.strerror}") from None


def _metrics(settings: Settings, tally: Tally) -> "MetricsServer | None":
    if settings.metrics_address is None:
        return None
    from grantwell.asgi.metrics.endpoint import MetricsServer  # noqa: PLC0415 - only where it is asked for

    return MetricsServer(settings.metrics_address, settings.metrics_directory, tally)


@contextlib.contextmanager
def shared_metrics(settings: Settings) -> Iterator[Callable[[Settings], Settings]]:
    """Keep a directory in which workers share their metrics, and their address, while they come and go.

    Yields what adds the directory to settings. Raises CannotServe where the address is taken.
    """
    with tempfile.TemporaryDirectory(prefix="grantwell-metrics-") as directory, contextlib.ExitStack() as held:
        if settings.metrics_address is not None:
            from grantwell.asgi.metrics.endpoint import reserve  # noqa: PLC0415 - only where it is asked for

            held.enter_context(reserve(settings.metrics_address, shared=True))
        yield lambda some: replace(some, metrics_directory=some.metrics_directory or Path(directory))


def _sources(
    settings: Settings, driver: Driver, background: Background, clock: Clock, lines_lost: Callable[[], int]
) -> "Sources":
    from grantwell.asgi.metrics.gathering import Sources  # noqa: PLC0415 - only where it is asked for

    return Sources(
        driver,
        background,
        key_policy(settings),
        clock,
        lines_lost,
        grant_types=tuple(grant_type.name for grant_type in ALL_GRANT_TYPES),
        limits=tuple(settings.rate_limits),
    )


def _tracing(settings: Settings) -> "Tracing | None":
    if settings.tracing_endpoint is None:
        return None
    try:
        from grantwell.asgi.tracing import Tracing  # noqa: PLC0415 - only where it is asked for
    except ImportError as error:
        raise CannotServe(
            f'traces need OpenTelemetry, which is not installed ({error.name}): pip install "grantwell[server,otel]"'
        ) from None
    return Tracing(settings.tracing_endpoint, settings.tracing_sample_ratio, settings.trusted_proxies)
