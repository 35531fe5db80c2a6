"""OpenTelemetry traces: one span a request. Imported only where the settings name a collector.

A span says what the access log says of a request, and neither address nor query. Whatever else the exporter can be
told, headers and certificates above all, it reads from OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_...`).
"""

import asyncio
import contextlib
from collections.abc import Mapping
from threading import Thread

from msgspec.structs import replace
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from grantwell import __version__
from grantwell.asgi.edge import PAGE
from grantwell.asgi.event import Event, Sink
from grantwell.asgi.http import ASGIApp, Receive, Scope, Send, is_listed

CONTEXT_HEADERS = (b"traceparent", b"tracestate")
# So long may the last spans take to be sent when the server ends.
SECONDS_TO_SEND = 3.0


class Tracing:
    """Makes spans, and sends them to `endpoint`.

    It samples the part `ratio` of them, except that whoever calls from one of the `proxies` has decided that already.
    """

    def __init__(self, endpoint: str, ratio: float, proxies: tuple[str, ...]) -> None:
        self._proxies = proxies
        self._ratio, self._ids = TraceIdRatioBased(ratio), RandomIdGenerator()
        resource = Resource({"service.name": "grantwell", "service.version": __version__})
        self._provider = TracerProvider(
            sampler=ParentBased(self._ratio),
            resource=Resource.create().merge(resource).merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
        self._tracer = self._provider.get_tracer("grantwell", __version__)
        self._propagator = TraceContextTextMapPropagator()

    def around(self, edge: ASGIApp) -> ASGIApp:
        """Answer each request within a span, the caller's if it names one (W3C Trace Context section 3.2)."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            parent = self._parent(scope)
            # What an exception says may be secret: that there was one is told by the event.
            with self._tracer.start_as_current_span(
                scope["method"], parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
            ):
                await edge(scope, receive, send)

        return traced

    def _parent(self, scope: Scope) -> Context:
        """The caller's span, if there is one; of a stranger's the place in a trace, and not the choice to sample it.

        Else anybody could have every request traced, or none. The lot is drawn by an id of ours: theirs is chosen.
        """
        context = self._propagator.extract(_carrier(scope))
        caller = trace.get_current_span(context).get_span_context()
        if not caller.is_valid or is_listed((scope.get("client") or ("",))[0], self._proxies):
            return context
        drawn = (
            self._ratio.should_sample(None, self._ids.generate_trace_id(), "").decision is Decision.RECORD_AND_SAMPLE
        )
        flags = TraceFlags(TraceFlags.SAMPLED if drawn else TraceFlags.DEFAULT)
        ours = SpanContext(
            caller.trace_id, caller.span_id, is_remote=True, trace_flags=flags, trace_state=caller.trace_state
        )
        return trace.set_span_in_context(NonRecordingSpan(ours))

    def sink(self, log: Sink) -> Sink:
        """Tell the span of a request what became of it, and the log which trace it belongs to."""

        def told(event: Event) -> None:
            span = trace.get_current_span()
            if span.is_recording():
                _describe(span, event)
            context = span.get_span_context()
            # What never became a request has no trace.
            log(replace(event, trace_id=trace.format_trace_id(context.trace_id)) if context.is_valid else event)

        return told

    async def stop(self) -> None:
        """Send what is left, if the collector takes it in time."""
        sent, loop = asyncio.Event(), asyncio.get_running_loop()

        def send() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # nobody has waited so long
                loop.call_soon_threadsafe(sent.set)

        # A thread that nobody waits for at the end, unlike those of the loop's own pool.
        Thread(target=send, name="grantwell-last-spans", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_SEND):
                await sent.wait()


def _carrier(scope: Scope) -> Mapping[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in CONTEXT_HEADERS}


def _describe(span: Span, event: Event) -> None:
    """In the words of the semantic conventions for HTTP servers where they have some; all else under our own name."""
    span.update_name(event.operation or event.method)
    span.set_attribute("http.request.method", event.method)
    span.set_attribute("http.response.status_code", event.status)
    if event.operation == PAGE:
        span.set_attribute("url.path", event.path)
    elif event.operation:
        span.set_attribute("http.route", event.path)
    ours = {
        "operation": event.operation,
        "reason": event.reason,
        "request_id": event.request_id,
        "client_id": event.client_id,
        "grant_type": event.grant_type,
    }
    span.set_attributes({f"grantwell.{name}": value for name, value in ours.items() if value})
    if event.status >= 500:
        span.set_attribute("error.type", event.reason or str(event.status))
        span.set_status(StatusCode.ERROR)
