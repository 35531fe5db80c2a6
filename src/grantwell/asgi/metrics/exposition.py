"""Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterator

from grantwell.asgi.metrics.catalogue import METRICS, Metric, Samples, Values

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(values: Values) -> bytes:
    """All metrics that have samples, in the order of the catalogue."""
    lines = [line for metric in METRICS if values.get(metric.name) for line in _lines(metric, values[metric.name])]
    return "\n".join([*lines, ""]).encode()


def _lines(metric: Metric, samples: Samples) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, numbers in sorted(samples.items()):
        pairs = [f'{name}="{value.translate(_ESCAPES)}"' for name, value in zip(metric.labels, labels, strict=True)]
        if metric.kind == "histogram":
            yield from _histogram(metric, pairs, numbers)
        else:
            yield f"{metric.name}{_braced(pairs)} {_text(numbers[0])}"


def _histogram(metric: Metric, pairs: list[str], numbers: list[float]) -> Iterator[str]:
    count: float = 0
    for bound, number in zip((*map(_text, metric.bounds), "+Inf"), numbers[:-1], strict=True):
        count += number
        within = _braced([*pairs, f'le="{bound}"'])
        yield f"{metric.name}_bucket{within} {_text(count)}"
    yield f"{metric.name}_sum{_braced(pairs)} {_text(numbers[-1])}"
    yield f"{metric.name}_count{_braced(pairs)} {_text(count)}"


def _braced(pairs: list[str]) -> str:
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _text(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
