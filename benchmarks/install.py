"""What the benchmarks need besides the development tools: the peers, from their registries, and wrk."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
INSTALLED = HERE.parent / ".tools" / "benchmarks"
PYTHON = INSTALLED / "venv" / "bin" / "python"
NODE = INSTALLED / "node"
ADVICE = "install it (Debian: apt-get install {name})"


def need(*programs: str) -> None:
    """Exit with advice where a program is missing."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        sys.exit("\n".join(f"The benchmarks need {name}: {ADVICE.format(name=name)}." for name in missing))


def install_python_peers() -> None:
    """Make the environment of the peers that run on Python."""
    wanted = PEERS / "requirements.txt"
    if not _is_current(INSTALLED / "venv" / "made", wanted):
        _run(sys.executable, "-m", "venv", str(INSTALLED / "venv"))
        _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted))
        shutil.copy(wanted, INSTALLED / "venv" / "made")


def install_node_peers() -> None:
    """Fetch the peers that run on Node."""
    wanted = PEERS / "package.json"
    if not _is_current(NODE / "made", wanted):
        NODE.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, NODE / "package.json")
        _run("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(NODE))
        shutil.copy(wanted, NODE / "made")


def _is_current(made: Path, wanted: Path) -> bool:
    return made.is_file() and made.read_bytes() == wanted.read_bytes()


def _run(*command: str) -> None:
    sys.stderr.write(f"{' '.join(command[:4])} ...\n")
    subprocess.run(command, check=True)
