"""The results as a picture: one panel a load, one bar a server."""

from collections.abc import Iterator
from html import escape

from benchmarks.report import Results

WIDTH, LABEL, BAR, STEP, HEAD = 860, 190, 520, 22, 44
COLOURS = {"grantwell": "#2563eb", "ceil": "#9ca3af"}
OTHER = "#d97706"
STYLE = "text{font:13px system-ui,sans-serif;fill:#111827}.load{font-weight:600}.value{fill:#4b5563}"


def svg(results: Results) -> str:
    """An SVG document."""
    panels, height = [], 16
    for load in results.loads:
        panels.append(f'<g transform="translate(16 {height})">{"".join(_panel(results, load))}</g>')
        height += HEAD + STEP * len(results.servers(load))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    paper = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return f"{head}<title>Requests a second</title><style>{STYLE}</style>{paper}{''.join(panels)}</svg>\n"


def _panel(results: Results, load: str) -> Iterator[str]:
    servers = results.servers(load)
    most = max(results.rps(load, server) for server in servers)
    yield f'<text class="load" y="14">{escape(load)}, requests a second</text>'
    for number, server in enumerate(servers):
        rps, y = results.rps(load, server), 24 + number * STEP
        colour = COLOURS.get(server.partition("-")[0], OTHER)
        width = max(1.0, rps / most * BAR)
        yield f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(server)}</text>'
        yield f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{STEP - 5}" fill="{colour}"/>'
        yield f'<text class="value" x="{LABEL + width + 6:.1f}" y="{y + 13}">{rps:,.0f}</text>'
