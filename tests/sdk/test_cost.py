"""The benchmark of `docs/sdk.md` runs, and the page shows what it measures."""

import re
import subprocess
import sys

from tests.docs.markdown import ROOT, tables_of, text_of

ROW = re.compile(r"^\| (?P<name>[^|]*) (\| [0-9]+ ){3}\|$", re.MULTILINE)
CONTENDERS = [f"{name}{how}" for name in ("httpx alone", "grantwell.sdk", "telnyx") for how in ("", ", async")]


def test_every_contender_is_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "sdk_cost.py"), "--rounds", "1", "--calls", "2"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert [found["name"] for found in ROW.finditer(done.stdout)] == CONTENDERS


def test_the_page_shows_every_contender() -> None:
    tables = [table for table in tables_of(ROOT / "docs" / "sdk.md") if text_of(table[0][0]) == CONTENDERS[0]]
    assert [re.sub(r" \d+\.\d+\.\d+", "", text_of(row[0])) for row in tables[0]] == CONTENDERS
