"""What several processes come to together."""

from collections.abc import Iterable

from grantwell.asgi.metrics.catalogue import BY_NAME, Metric, Samples, Values

_SINGLE = {"max": max, "min": min}


def merge(all_values: Iterable[Values]) -> Values:
    """Counters and histograms add up; gauges add up, or the greatest or smallest stands, as their metric says."""
    merged: Values = {}
    for values in all_values:
        for name, samples in values.items():
            metric = BY_NAME.get(name)
            # Another release, in the middle of a rolling restart, may have metrics that this one has not.
            if metric is not None:
                _merge_into(merged.setdefault(name, {}), samples, metric)
    return merged


def _merge_into(merged: Samples, samples: Samples, metric: Metric) -> None:
    for labels, numbers in samples.items():
        before = merged.get(labels)
        if before is None or len(before) != len(numbers):
            merged[labels] = list(numbers)
        elif metric.merge == "sum":
            merged[labels] = [a + b for a, b in zip(before, numbers, strict=True)]
        else:
            merged[labels] = [_SINGLE[metric.merge](before[0], numbers[0])]


def lasting(values: Values) -> Values:
    """What stays of a process that has ended: what it has counted."""
    return {name: samples for name, samples in values.items() if name in BY_NAME and BY_NAME[name].kind != "gauge"}
