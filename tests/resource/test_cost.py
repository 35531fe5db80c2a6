"""The benchmark of `docs/protect-an-api.md` runs, and everybody in it verifies."""

import re
import subprocess
import sys

from tests.docs.markdown import ROOT, tables_of, text_of

ROW = re.compile(r"\| (?P<name>[^|]+) \| [0-9.]+ \| [0-9.]+ \|")
CONTENDERS = ["OpenSSL alone", "grantwell.resource", "joserfc", "Authlib", "PyJWT", "grantwell.resource, async"]


def test_every_contender_is_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "resource_cost.py"), "--rounds", "1", "--tokens", "5"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert [found["name"] for found in ROW.finditer(done.stdout)] == CONTENDERS


def test_the_page_shows_every_contender() -> None:
    table = tables_of(ROOT / "docs" / "protect-an-api.md")[-1]
    shown = " ".join(text_of(row[0]) for row in table)
    assert all(name.split(",")[0] in shown for name in CONTENDERS)
    assert len(table) == len(CONTENDERS)
