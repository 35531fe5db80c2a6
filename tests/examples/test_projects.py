"""The examples that bring tests of their own pass them, each in a directory of its own, as a reader's project would."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROJECTS = sorted(path.parent.name for path in EXAMPLES.glob("*/test_*.py"))


def test_these_examples_have_tests() -> None:
    assert {"cli_program", "service"} <= set(PROJECTS)


@pytest.mark.parametrize("name", PROJECTS)
def test_an_example_passes_its_own_tests(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    # What is installed here beside our plugin is nothing that the example asks for.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    command = (sys.executable, "-m", "pytest", "-W", "error", "-p", "grantwell.testing.plugin", "-q")
    done = subprocess.run(command, cwd=project, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
