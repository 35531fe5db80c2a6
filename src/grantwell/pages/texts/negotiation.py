"""Which language fits what somebody asks for: pure rules."""

from collections.abc import Container, Iterable, Iterator

# Nobody reads that many languages; whoever sends more is not choosing one.
MAXIMUM_RANGES = 32


def accepted(header: str) -> tuple[str, ...]:
    """The ranges of an `Accept-Language` header, the most wanted first (RFC 9110 section 12.5.4).

    What is not understood is left out, and so is what is refused by a weight of 0.
    """
    weighted = [_weighted(each) for each in header.split(",")[:MAXIMUM_RANGES]]
    # The sort is stable: of two that weigh the same, the first one written wins.
    return tuple(tag for tag, weight in sorted(weighted, key=lambda each: -each[1]) if tag and weight > 0)


def _weighted(element: str) -> tuple[str, float]:
    tag, _, parameter = (part.strip() for part in element.partition(";"))
    name, _, weight = (part.strip() for part in parameter.partition("="))
    if not parameter:
        return tag, 1.0
    try:
        found = float(weight) if name.lower() == "q" else 0.0
    except ValueError:
        return tag, 0.0
    return tag, found if 0 <= found <= 1 else 0.0


def listed(ui_locales: str) -> tuple[str, ...]:
    """The tags of a `ui_locales` parameter, in its order (OpenID Connect Core 1.0 section 3.1.2.1)."""
    return tuple(ui_locales.split(" ")[:MAXIMUM_RANGES])


def lookup(wanted: Iterable[str], there: Container[str]) -> str | None:
    """The first wanted language that there is, each one shortened from its end until it fits (RFC 4647 section 3.4)."""
    for tag in wanted:
        for shorter in _shortened(tag):
            if shorter in there:
                return shorter
    return None


def _shortened(tag: str) -> Iterator[str]:
    parts = tag.lower().split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        # What follows a single letter belongs to it: it does not stand at the end.
        if parts and len(parts[-1]) == 1:
            parts.pop()
