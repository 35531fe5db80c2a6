"""Dashboard and alerts ask only for what a server really exposes, under labels and values that it really has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from promql_parser import MatchOp, VectorSelector
from tests.docs.reason_codes import reason_codes
from tests.support.operations import ALL_OPERATIONS

from grantwell.asgi.background import SECONDS_BETWEEN
from grantwell.asgi.job_record import RESULTS
from grantwell.asgi.metrics.catalogue import BY_NAME, METRICS, Metric

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "grantwell.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
ALERT_TESTS = DEPLOY / "prometheus" / "alerts.test.yml"
DOCUMENT = DEPLOY.parent / "docs" / "observability.md"

# What Prometheus itself knows of every target.
ITS_OWN_METRICS, ITS_OWN_LABELS = {"up"}, {"instance", "job"}
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
VALUES: dict[str, set[str]] = {
    "operation": {*ALL_OPERATIONS, "page", "options", "none"},
    "reason": {*reason_codes(), ""},
    "task": set(SECONDS_BETWEEN),
    "result": set(RESULTS),
}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def queries() -> list[Any]:
    of_panels = [(panel["title"], target["expr"]) for panel in panels() for target in panel.get("targets", [])]
    of_alerts = [(rule["alert"], rule["expr"]) for rule in rules()]
    return [pytest.param(expression, id=title) for title, expression in (*of_panels, *of_alerts)]


def parse(expression: str) -> Any:
    """The query as Prometheus would read it. Raises ValueError for a mistake of grammar or of types."""
    return promql_parser.parse(expression.replace("$__rate_interval", "5m").replace("$instance", ".*"))


def selectors_in(node: Any) -> Iterator[VectorSelector]:
    if isinstance(node, VectorSelector):
        yield node
    children = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "param", "vector_selector")]
    for child in (*children, *getattr(node, "args", ())):
        if child is not None:
            yield from selectors_in(child)


def groupings_in(node: Any) -> set[str]:
    """Labels that are named by `by`, `without` and `on`."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", node.prettify()))))


def metric_of(name: str) -> Metric | None:
    for ending in OF_A_HISTOGRAM:
        base = BY_NAME.get(name.removesuffix(ending))
        if name.endswith(ending) and base is not None and base.kind == "histogram":
            return base
    metric = BY_NAME.get(name)
    return metric if metric is not None and metric.kind != "histogram" else None


def labels_of(name: str) -> set[str]:
    metric = metric_of(name)
    own = {*metric.labels, *(["le"] if name.endswith("_bucket") else [])} if metric else set()
    return own | ITS_OWN_LABELS


def mistakes_in(expression: str) -> list[str]:
    """Whatever in a query no server could answer."""
    query, found = parse(expression), []
    known: set[str] = set()
    for selector in selectors_in(query):
        name = selector.name or ""
        if name not in ITS_OWN_METRICS and metric_of(name) is None:
            found.append(f"no metric {name}")
            continue
        known |= labels_of(name)
        for matcher in selector.matchers.matchers:
            found += mistakes_in_matcher(name, matcher)
    return found + [f"no label {label} to group by" for label in groupings_in(query) - known]


def mistakes_in_matcher(name: str, matcher: Any) -> list[str]:
    if matcher.name not in labels_of(name):
        return [f"no label {matcher.name} of {name}"]
    known = VALUES.get(matcher.name)
    several = matcher.op in (MatchOp.Re, MatchOp.NotRe)
    asked = matcher.value.split("|") if several else [matcher.value]
    return [f"no {matcher.name} {value}" for value in asked if known is not None and value not in known]


@pytest.mark.parametrize("expression", queries())
def test_a_query_asks_for_what_is_there(expression: str) -> None:
    assert mistakes_in(expression) == []


@pytest.mark.parametrize(
    ("expression", "mistake"),
    [
        ("rate(grantwell_request_total[5m])", "no metric grantwell_request_total"),
        ("grantwell_request_duration_seconds", "no metric grantwell_request_duration_seconds"),
        ("grantwell_replays_total_bucket", "no metric grantwell_replays_total_bucket"),
        ('grantwell_replays_total{reason="bug"}', "no label reason of grantwell_replays_total"),
        ('grantwell_requests_total{reason=~"bug|code_replaid"}', "no reason code_replaid"),
        ('grantwell_requests_total{operation="Token"}', "no operation Token"),
        ("sum by (client_id) (grantwell_requests_total)", "no label client_id to group by"),
        ("1 + max(grantwell_pool_waiting - (foo))", "no metric foo"),
    ],
)
def test_a_query_for_what_is_not_there_is_noticed(expression: str, mistake: str) -> None:
    assert mistakes_in(expression) == [mistake]


@pytest.mark.parametrize("expression", ["rate(up)", "sum(up", "up[5m] > 1"])
def test_a_query_that_is_none_is_noticed(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(expression)


def test_every_metric_is_on_the_dashboard() -> None:
    targets = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    shown = {metric_of(selector.name or "") for each in targets for selector in selectors_in(parse(each))}
    assert {metric.name for metric in METRICS if metric not in shown} == set()


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["title"] == "Grantwell"
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 20
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"])))
    assert used - variables == {"__rate_interval"}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["targets"]


def test_every_alert_says_what_is_the_matter_how_bad_it_is_and_what_to_do() -> None:
    document = DOCUMENT.read_text()
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"]
        assert f"`{rule['alert']}`" in document
    assert set(re.findall(r"`(Grantwell[A-Z]\w+)`", document)) == set(names)


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    assert {rule["alert"] for rule in rules()} == set(re.findall(r'alertname="(\w+)"}', ALERT_TESTS.read_text()))


def test_every_metric_is_explained() -> None:
    explained = set(re.findall(r"^\| `(grantwell_\w+)` \|", DOCUMENT.read_text(), re.MULTILINE))
    assert explained == BY_NAME.keys()


def test_no_metric_has_a_label_that_prometheus_would_rename() -> None:
    assert {label for metric in METRICS for label in metric.labels} & ITS_OWN_LABELS == set()


def test_names_are_as_prometheus_wants_them() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"grantwell_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") is (metric.kind == "counter")
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert bool(metric.bounds) is (metric.kind == "histogram")
