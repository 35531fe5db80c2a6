"""What a user installs: the wheel, in an empty environment, with and without its server."""

import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.support.processes import clean_environment, free_port

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
API_KEY = "an-api-key-of-the-wheel-test-0123456789"

# Adapters import their frameworks, so of `resource` only the room itself is promised.
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
for room in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if room != "grantwell.resource":
            importlib.import_module(module.name)
"""
BARE_ROOMS = ["grantwell.sdk", "grantwell.protocol"]
if (ROOT / "src" / "grantwell" / "resource").is_dir():
    BARE_ROOMS.append("grantwell.resource")
LIST_INSTALLED = """
from importlib.metadata import distributions
print(*(each.name.lower().replace("_", "-") for each in distributions()))
"""


def run(*command: str | Path, **environment: str) -> str:
    """Its standard output; what it said, in full, where it failed."""
    done = subprocess.run(
        [str(part) for part in command], env=os.environ | environment, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution, so that this one is proved complete too."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def pinned_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lock as constraints: without hashes, which would be asked of the wheel under test as well."""
    return constraints(tmp_path_factory.mktemp("lock"), "serve.txt")


@pytest.fixture(scope="module")
def pinned_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of all that development needs."""
    return constraints(tmp_path_factory.mktemp("tools"), "dev.txt")


def constraints(folder: Path, name: str) -> Path:
    lock = (ROOT / "requirements" / name).read_text()
    path = folder / "constraints.txt"
    path.write_text("\n".join(re.findall(r"^[a-z0-9][^\\\n]*==[^\\\n]*", lock, re.MULTILINE)))
    return path


def install(folder: Path, requirement: str, pinned_versions: Path) -> Path:
    """A new environment with the requirement and nothing else; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--constraint", pinned_versions, requirement)
    return python


@pytest.fixture(scope="module")
def bare_python(wheel: Path, pinned_versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("bare"), str(wheel), pinned_versions)


@pytest.fixture(scope="module")
def server_python(wheel: Path, pinned_versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("server"), f"{wheel}[server]", pinned_versions)


@pytest.fixture(scope="module")
def testing_python(wheel: Path, pinned_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("testing"), f"{wheel}[testing]", pinned_tools)


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    tracked = run("git", "-C", ROOT, "ls-files", "src").split()
    assert tracked
    assert {name.removeprefix("src/") for name in tracked if (ROOT / name).exists()} <= set(
        zipfile.ZipFile(wheel).namelist()
    )


def test_the_sdk_the_protocol_and_the_toolkit_import_without_a_server(bare_python: Path) -> None:
    run(bare_python, "-I", "-c", IMPORT_EVERYTHING, *BARE_ROOMS)


def test_a_bare_installation_brings_nothing_of_the_server(bare_python: Path) -> None:
    of_the_server = {re.split(r"[<>=!~;\[ ]", need)[0] for need in PROJECT["optional-dependencies"]["server"]}
    installed = set(run(bare_python, "-I", "-c", LIST_INSTALLED).split())
    assert "grantwell" in installed
    assert of_the_server & installed == set()


# Of httpx and joserfc, what these need, and msgspec: docs/decisions/msgspec-in-the-base.md.
BASE = {
    *("httpx", "anyio", "certifi", "h11", "httpcore", "idna", "sniffio"),
    *("joserfc", "cryptography", "cffi", "pycparser"),
    *("msgspec", "typing-extensions"),
}


def test_a_bare_installation_brings_httpx_joserfc_msgspec_and_what_they_need(bare_python: Path) -> None:
    installed = set(run(bare_python, "-I", "-c", LIST_INSTALLED).split())
    assert {"httpx", "joserfc", "msgspec"} < installed - {"grantwell"} <= BASE


def test_the_command_without_its_server_says_what_to_install(bare_python: Path) -> None:
    done = subprocess.run([bare_python.parent / "grantwell", "serve"], capture_output=True, check=False, text=True)
    assert done.returncode != 0
    assert "grantwell[server]" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[httpx.Client]:
    """A client of `grantwell serve` on an empty data directory. It tries to connect until the server listens."""
    port = free_port()
    command = (python.parent / "grantwell", "serve", "--port", str(port), "--data-dir", folder / "data")
    environment = clean_environment(GRANTWELL_BOOTSTRAP_API_KEY=API_KEY)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        transport = httpx.HTTPTransport(retries=6)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=30) as client:
            yield client
    except httpx.ConnectError:
        pytest.fail((folder / "log").read_text())
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_the_wheel_with_its_server_answers_a_token_request(server_python: Path, tmp_path: Path) -> None:
    with serving(server_python, tmp_path) as client:
        created = client.post(
            "/v2/oauth_clients",
            headers={"Authorization": f"Bearer {API_KEY}"},
            json={
                "name": "a program",
                "allowed_scopes": ["admin"],
                "client_type": "confidential",
                "allowed_grant_types": ["client_credentials"],
            },
        )
        assert created.status_code in {200, 201}, created.text
        record = created.json()["data"]
        token = client.post(
            "/v2/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(record["client_id"], record["client_secret"]),
        )
    assert token.status_code == 200, token.text
    assert token.json()["token_type"].lower() == "bearer"
    assert token.json()["access_token"].count(".") == 2


def test_the_wheel_has_its_pages_in_every_language(server_python: Path, tmp_path: Path) -> None:
    with serving(server_python, tmp_path) as client:
        german = client.get("/sign-in", headers={"Accept-Language": "de"})
        english = client.get("/sign-in")
    assert "<h1>Anmelden</h1>" in german.text
    assert "<h1>Sign in</h1>" in english.text


A_PROJECTS_TEST = """
def test_the_real_server(grantwell_server):
    token = grantwell_server.token("read")
    assert grantwell_server.sdk.oauth.introspect(token=token).active
    assert grantwell_server.url == grantwell_server.issuer
"""


def test_the_wheel_with_its_testing_brings_a_server_to_every_test(testing_python: Path, tmp_path: Path) -> None:
    (tmp_path / "test_project.py").write_text(A_PROJECTS_TEST)
    said = run(testing_python, "-I", "-m", "pytest", "-W", "error", "-q", tmp_path)
    assert "1 passed" in said
