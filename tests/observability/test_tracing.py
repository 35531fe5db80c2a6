"""One span a request, in the caller's trace, with what the log says and no more."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter

import pytest
from opentelemetry.propagate import inject
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tests.attacks.test_logs import converse
from tests.conftest import StartServer
from tests.observability.collector import Collector, collecting, plain
from tests.observability.scraping import free_address
from tests.support.server import Server

from grantwell import __version__
from grantwell.asgi.serving import CannotServe

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=opaque"}
NOT_SAMPLED = {"traceparent": f"00-{TRACE}-{CALLER}-00"}
JWKS = "/v2/oauth/jwks"

Ended = Callable[[], Awaitable[list[Span]]]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
async def traced(start_server: StartServer, collector: Collector) -> Server:
    return await start_server(tracing_endpoint=collector.endpoint)


@pytest.fixture
def ended(traced: Server, collector: Collector) -> Ended:
    """End the server; the spans that it has sent."""

    async def ended() -> list[Span]:
        await traced.stop()
        return collector.spans

    return ended


async def test_a_request_is_one_span_with_operation_status_reason_and_request_id(
    traced: Server, ended: Ended, collector: Collector
) -> None:
    client = await traced.make_client()
    await traced.client_token(client)
    refused = await traced.token(client.with_secret("wrong"), "client_credentials")
    made, issued, failed = await ended()
    assert [made.name, issued.name, failed.name] == ["CreateOAuthClient", *["ExchangeOAuthToken"] * 2]
    assert plain(failed.attributes) == {
        "http.request.method": "POST",
        "http.response.status_code": 401,
        "http.route": "/v2/oauth/token",
        "grantwell.operation": "ExchangeOAuthToken",
        "grantwell.reason": "client_secret_wrong",
        "grantwell.request_id": refused.headers["x-request-id"],
    }
    assert plain(issued.attributes)["grantwell.grant_type"] == "client_credentials"
    assert plain(issued.attributes)["grantwell.client_id"] == client.client_id
    for span in (made, issued, failed):
        assert span.kind == Span.SPAN_KIND_SERVER
        assert span.status.code == Status.STATUS_CODE_UNSET
        assert span.parent_span_id == b""
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 30e9
    assert len({span.trace_id for span in (made, issued, failed)}) == 3
    assert collector.resource["service.name"] == "grantwell"
    assert collector.resource["service.version"] == __version__


async def test_the_trace_that_a_caller_names_goes_on(traced: Server, ended: Ended) -> None:
    await traced.http.get(JWKS, headers=SAMPLED)
    (span,) = await ended()
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == CALLER
    assert span.trace_state == "vendor=opaque"


@pytest.mark.parametrize("traceparent", ["", "nonsense", f"00-{'0' * 32}-{CALLER}-01", f"ff-{TRACE}-{CALLER}-01"])
async def test_a_caller_that_names_a_trace_badly_begins_a_new_one(
    traced: Server, ended: Ended, traceparent: str
) -> None:
    await traced.http.get(JWKS, headers={"traceparent": traceparent})
    (span,) = await ended()
    assert span.trace_id.hex() != TRACE
    assert span.parent_span_id == b""


async def test_what_is_called_during_a_request_belongs_to_its_trace(
    traced: Server, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: dict[str, str] = {}
    look_up = traced.backend.authenticating_client

    async def look_up_elsewhere(client_id: str) -> object:
        inject(carried)
        return await look_up(client_id)

    client = await traced.make_client()
    monkeypatch.setattr(traced.backend, "authenticating_client", look_up_elsewhere)
    await traced.client_token(client)
    span = (await ended())[-1]
    version, trace, parent, flags = carried["traceparent"].split("-")
    assert (version, trace, parent) == ("00", span.trace_id.hex(), span.span_id.hex())
    assert int(flags, 16) & 1


async def test_the_log_says_which_trace_a_request_belongs_to(traced: Server, ended: Ended) -> None:
    await traced.http.get(JWKS, headers=SAMPLED)
    await traced.http.get(JWKS)
    spans = await ended()
    assert [event.trace_id for event in traced.events] == [span.trace_id.hex() for span in spans]


async def test_what_never_became_a_request_has_no_trace(traced: Server) -> None:
    traced.app.refused(("192.0.2.9", 4000), 400, "http_malformed")
    (event,) = traced.events
    assert (event.address, event.reason, event.trace_id) == ("192.0.2.9", "http_malformed", "")


@pytest.mark.parametrize("ratio", ["0", "1"])
async def test_a_proxy_of_ours_that_has_decided_to_sample_or_not_is_followed(
    start_server: StartServer, collector: Collector, ratio: str
) -> None:
    server = await start_server(
        tracing_endpoint=collector.endpoint, tracing_sample_ratio=ratio, trusted_proxies=["192.0.2.0/24"]
    )
    await server.http.get(JWKS, headers=SAMPLED)
    await server.http.get(JWKS, headers=NOT_SAMPLED)
    await server.stop()
    assert [span.trace_id.hex() for span in collector.spans] == [TRACE]
    assert [event.trace_id for event in server.events] == [TRACE, TRACE]


@pytest.mark.parametrize(("ratio", "traced"), [("0", 0), ("1", 2)])
async def test_a_stranger_decides_neither_that_a_request_is_sampled_nor_that_it_is_not(
    start_server: StartServer, collector: Collector, ratio: str, traced: int
) -> None:
    server = await start_server(tracing_endpoint=collector.endpoint, tracing_sample_ratio=ratio)
    await server.http.get(JWKS, headers=SAMPLED)
    await server.http.get(JWKS, headers=NOT_SAMPLED)
    await server.stop()
    assert [span.trace_id.hex() for span in collector.spans] == [TRACE] * traced
    assert [event.trace_id for event in server.events] == [TRACE, TRACE]


async def test_a_stranger_has_no_trace_whose_requests_are_all_sampled(
    start_server: StartServer, collector: Collector
) -> None:
    server = await start_server(tracing_endpoint=collector.endpoint, tracing_sample_ratio="0.5")
    for _ in range(200):
        await server.http.get(JWKS, headers=SAMPLED)
    await server.stop()
    assert 60 <= len(collector.spans) <= 140


async def test_the_part_of_new_traces_that_was_asked_for_is_sampled(
    start_server: StartServer, collector: Collector
) -> None:
    server = await start_server(tracing_endpoint=collector.endpoint, tracing_sample_ratio="0.5")
    for _ in range(200):
        await server.http.get(JWKS)
    await server.stop()
    assert 60 <= len(collector.spans) <= 140


async def test_only_what_is_our_fault_is_an_error(
    traced: Server, ended: Ended, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("secret-in-a-message")

    client = await traced.make_client()
    monkeypatch.setattr(traced.backend, "authenticating_client", fail)
    assert (await traced.token(client, "client_credentials")).status_code == 500
    _, span = await ended()
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert plain(span.attributes)["error.type"] == plain(span.attributes)["grantwell.reason"] == "bug"
    assert b"secret-in-a-message" not in span.SerializeToString()
    assert caplog.records[-1].request_id == plain(span.attributes)["grantwell.request_id"]  # type: ignore[attr-defined] # an extra of ours


async def test_a_page_that_fails_is_an_error_that_does_not_repeat_what_the_failure_said(
    traced: Server, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret-in-a-message")

    monkeypatch.setattr("grantwell.asgi.later.Later.made", lambda _self: fail())
    with pytest.raises(ZeroDivisionError):
        await traced.http.get("/sign-in")
    (span,) = await ended()
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert plain(span.attributes)["http.response.status_code"] == 500
    assert plain(span.attributes)["grantwell.reason"] == "bug"
    assert b"secret-in-a-message" not in span.SerializeToString()


async def test_pages_and_unknown_paths_have_spans_under_few_names(traced: Server, ended: Ended) -> None:
    for path in ("/sign-in", "/healthz", "/v2/nowhere/1", "/v2/nowhere/2"):
        await traced.http.get(path)
    spans = await ended()
    assert [span.name for span in spans] == ["page", "page", "GET", "GET"]
    assert plain(spans[0].attributes)["url.path"] == "/sign-in"
    assert not {"url.path", "http.route"} & plain(spans[2].attributes).keys()


async def test_no_secret_no_token_no_state_and_no_address_reaches_a_collector(
    traced: Server, ended: Ended, collector: Collector
) -> None:
    _, secrets = await converse(traced)
    assert len(await ended()) > 25
    sent = b"".join(collector.bodies)
    assert b"code_replayed" in sent
    assert [secret for secret in (*secrets, "192.0.2.1") if secret.encode() in sent] == []


async def test_the_exporters_own_variables_are_heeded(
    start_server: StartServer, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "login")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20collector-key")
    server = await start_server(tracing_endpoint=collector.endpoint)
    await server.http.get(JWKS)
    await server.stop()
    assert collector.resource["service.name"] == "login"
    assert collector.received_headers[0]["authorization"] == "Bearer collector-key"


async def test_a_collector_that_is_away_delays_neither_answers_nor_the_end(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    server = await start_server(tracing_endpoint=f"http://{free_address()}/v1/traces")
    began = perf_counter()
    for _ in range(50):
        assert (await server.http.get(JWKS)).status_code == 200
    await server.stop()
    assert perf_counter() - began < 8


async def test_without_the_packages_a_server_does_not_start_and_says_what_to_install(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for module in [
        name for name in sys.modules if name.startswith(("opentelemetry.exporter", "grantwell.asgi.tracing"))
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(CannotServe, match=r'pip install "grantwell\[server,otel\]"'):
        await start_server(tracing_endpoint="http://127.0.0.1:4318/v1/traces")
