"""What Prometheus would read, read by its own parser."""

import socket
from contextlib import closing
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families


class Scrape(NamedTuple):
    """One answer: its text, and each sample by name and labels."""

    text: str
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, metric: str, **labels: str) -> float:
        """The one sample with exactly these labels."""
        return self.samples[metric, frozenset(labels.items())]

    def each(self, metric: str, **labels: str) -> list[tuple[frozenset[tuple[str, str]], float]]:
        """Every sample that has these labels, and perhaps others, in the order in which they stand there."""
        wanted = set(labels.items())
        return [(found, value) for (name, found), value in self.samples.items() if name == metric and wanted <= found]

    def all_of(self, metric: str, **labels: str) -> list[float]:
        return [value for _, value in self.each(metric, **labels)]

    def total(self, metric: str, **labels: str) -> float:
        return sum(self.all_of(metric, **labels))

    @property
    def metrics(self) -> dict[str, str]:
        """The kind of each metric that has samples, by its name."""
        lines = [line.split() for line in self.text.splitlines() if line.startswith("# TYPE ")]
        return {name: kind for _, _, name, kind in lines}


def read(text: str) -> Scrape:
    families = list(text_string_to_metric_families(text))
    samples = [sample for family in families for sample in family.samples]
    by_key = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(by_key) == len(samples), "a sample is there twice"
    return Scrape(text, by_key)


def free_address() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


async def scrape(address: str) -> Scrape:
    """Over HTTP, and a connection of its own, as a scrape has."""
    # Nothing is to be verified, and loading certificates takes longer than the rest.
    async with httpx.AsyncClient(timeout=30, verify=False) as http:
        answer = await http.get(f"http://{address}/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)
