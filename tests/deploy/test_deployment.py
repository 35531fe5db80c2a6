"""The files in `deploy/`: what they start is there, what they set is a setting, and what they promise fits."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.markdown import ROOT, fences_of
from tests.docs.test_names import wrong_in

from grantwell.asgi.hosts import host_check
from grantwell.asgi.supervisor import GRACE_SECONDS
from grantwell.settings import Settings, load_settings

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "grantwell.service"
CONTAINER = DEPLOY / "container"


@pytest.fixture
def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as its documentation says
    parser.read_string(UNIT.read_text())
    return parser["Service"]


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((CONTAINER / "compose.yaml").read_text())


def instructions(name: str) -> list[str]:
    """What comes behind an instruction of the Dockerfile, wherever it stands."""
    text = (CONTAINER / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in text.splitlines() if re.match(rf"\s*{name} ", line)]


def assignments(words: str) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in shlex.split(words) if "=" in word)


def ours(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("GRANTWELL_")}


def settings_of(environment: dict[str, str], tmp_path: Path) -> Settings:
    """The settings of a server that is started so; what its files hold is made up."""
    made_up = {
        "GRANTWELL_SECRET_FILE": bytes(range(32)).hex(),
        "GRANTWELL_DATABASE_URL_FILE": "postgresql://grantwell@database/g",
    }
    for name in made_up.keys() & environment.keys():
        (tmp_path / name).write_text(made_up[name])
        environment = environment | {name: str(tmp_path / name)}
    return load_settings(ours(environment))


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


YES = {"yes"}
# Each key of the unit, and what systemd reads there: exactly these words, or text of this form.
UNDERSTOOD: dict[str, dict[str, str | set[str]]] = {
    "Unit": {
        "Description": r".+",
        "Documentation": r"https://\S+",
        "After": r"[\w-]+\.target",
        "Wants": r"[\w-]+\.target",
    },
    "Service": {
        "User": r"[a-z]+",
        "EnvironmentFile": r"/[\w/]+",
        "Environment": r"(\w+=\S+ ?)+",
        "ExecStart": r"/[\w/]+ [a-z]+",
        "Restart": {"always"},
        "RestartSec": r"\d+",
        "TimeoutStopSec": r"\d+",
        "StateDirectory": r"[a-z]+",
        "StateDirectoryMode": r"0[0-7]{3}",
        "UMask": r"0[0-7]{3}",
        "LimitNOFILE": r"\d+",
        "CapabilityBoundingSet": r"",
        "ProtectSystem": {"strict"},
        "RestrictAddressFamilies": r"(AF_(INET|INET6|UNIX) ?)+",
        "SystemCallArchitectures": {"native"},
        "SystemCallFilter": {"@system-service"},
        **dict.fromkeys(
            ("NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectClock", "ProtectControlGroups"), YES
        ),
        **dict.fromkeys(("ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules"), YES),
        **dict.fromkeys(("LockPersonality", "ProtectKernelTunables", "RestrictNamespaces", "RestrictRealtime"), YES),
        "RestrictSUIDSGID": YES,
    },
    "Install": {"WantedBy": r"[\w-]+\.target"},
}


def misunderstood_in(text: str) -> list[str]:
    """Whatever in a unit is not understood. Raises configparser.Error for what is no assignment, or is made twice."""
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as its documentation says
    parser.read_string(text)
    lines = [(section, *line) for section in parser.sections() for line in parser[section].items()]
    return [f"{section}.{key}={value}" for section, key, value in lines if not is_understood(section, key, value)]


def is_understood(section: str, key: str, value: str) -> bool:
    form = UNDERSTOOD.get(section, {}).get(key)
    if form is None or "\n" in value:
        return False
    return value in form if isinstance(form, set) else re.fullmatch(form, value) is not None


def test_the_unit_has_nothing_that_systemd_would_not_understand(tmp_path: Path) -> None:
    assert misunderstood_in(UNIT.read_text()) == []
    # And by its own word, where it is there.
    assert what_systemd_says_of(UNIT.read_text(), tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("[Service]", "[Services]"),
        ("NoNewPrivileges=yes", "NoNewPriviliges=yes"),
        ("PrivateTmp=yes", "PrivateTmp=jes"),
        ("RestartSec=1", "RestartSec=one"),
        ("UMask=0077", "UMask=0079"),
        ("ExecStart=/opt", "ExecStart=opt"),
        ("WantedBy=multi-user.target", "WantedBy=multi-user"),
    ],
)
def test_a_unit_that_is_not_understood_is_noticed(right: str, wrong: str) -> None:
    assert right in UNIT.read_text()
    assert misunderstood_in(UNIT.read_text().replace(right, wrong)) != []


@pytest.mark.parametrize("line", ["Restart", "Restart=always"])
def test_a_line_that_is_no_assignment_or_is_there_twice_is_noticed(line: str) -> None:
    with pytest.raises(configparser.Error):
        misunderstood_in(UNIT.read_text().replace("Restart=always", f"Restart=always\n{line}"))


def what_systemd_says_of(text: str, tmp_path: Path) -> list[str]:
    if shutil.which("systemd-analyze") is None:
        return []
    # It looks whether programs and users are there.
    text = re.sub(r"^(ExecStart=|ExecReload=)\S+", r"\1/bin/true", text, flags=re.MULTILINE)
    (tmp_path / UNIT.name).write_text(text.replace("User=grantwell", "User=root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in done.stderr.splitlines() if UNIT.name in line]


def test_the_unit_names_the_files_that_the_document_puts_there(unit: configparser.SectionProxy) -> None:
    document = (ROOT / "docs" / "deployment.md").read_text()
    program = shlex.split(unit["ExecStart"])[0]
    assert f"python3 -m venv {Path(program).parents[1]}\n" in document
    assert Path(program).name in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert f"deploy/systemd/environment {unit['EnvironmentFile']}\n" in document
    assert f"deploy/systemd/{UNIT.name} /etc/systemd/system/{UNIT.name}\n" in document
    assert re.search(rf"^useradd --system .* {unit['User']}$", document, re.MULTILINE)
    assert f"--home-dir /var/lib/{unit['StateDirectory']} " in document


def test_the_unit_starts_a_server_that_may_finish_its_requests(unit: configparser.SectionProxy, tmp_path: Path) -> None:
    assert wrong_in(unit["ExecStart"]) == []
    lines = [line for line in (UNIT.parent / "environment").read_text().splitlines() if line]
    given = assignments(" ".join(line for line in lines if not line.startswith("# ")).replace("#", ""))
    settings = settings_of(given | assignments(unit["Environment"]), tmp_path)
    assert settings.workers > 1
    assert str(settings.data_dir) == f"/var/lib/{unit['StateDirectory']}"
    assert int(unit["TimeoutStopSec"]) > settings.shutdown_seconds + 2 * GRACE_SECONDS
    # As it stands there, without what is for PostgreSQL.
    plain = assignments(" ".join(line for line in lines if not line.startswith("#")))
    assert settings_of(plain, tmp_path).sqlite_path is not None


def test_the_image_is_made_of_files_that_are_there_and_sent() -> None:
    sent = [line[1:] for line in (CONTAINER / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"]
    copied = [word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert sorted(copied) == sorted(sent)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    # What the wheel is made of besides.
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())
    forced = built["tool"]["hatch"]["build"]["targets"]["wheel"].get("force-include", {})
    assert forced.keys() <= set(copied)


def test_the_image_serves_as_nobody_special() -> None:
    (user,) = instructions("USER")
    assert any(f"useradd --system --uid 10001 {user}" in line for line in instructions("RUN"))
    (program,), (arguments,) = instructions("ENTRYPOINT"), instructions("CMD")[-1:]
    assert wrong_in(shlex.join([*json.loads(program), *json.loads(arguments)])) == []


def test_what_looks_after_the_image_is_answered(tmp_path: Path) -> None:
    environment = {name: value for line in instructions("ENV") for name, value in assignments(line).items()}
    settings = settings_of(environment | {"GRANTWELL_ISSUER": "https://auth.example.com"}, tmp_path)
    (check,) = re.findall(r"http://([^/']+)/readyz", (CONTAINER / "Dockerfile").read_text())
    assert check == f"127.0.0.1:{settings.port}"
    assert host_check(settings.issuer, settings.allowed_hosts)(check)


@pytest.mark.parametrize("name", ["server", "migrate"])
def test_each_service_of_ours_is_started_with_settings_that_it_can_use(compose: Any, name: str, tmp_path: Path) -> None:
    service = compose["services"][name]
    environment = {str(key): str(value) for key, value in service["environment"].items()}
    settings = settings_of(environment, tmp_path)
    assert settings.sqlite_path is None
    assert settings.secret is not None
    mounted = {value for value in environment.values() if value.startswith("/run/secrets/")}
    assert mounted == {f"/run/secrets/{secret}" for secret in service["secrets"]}
    assert wrong_in(shlex.join(["grantwell", *service.get("command", ["serve"])])) == []
    assert (CONTAINER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_composition_migrates_before_it_serves_and_believes_its_proxy(compose: Any, tmp_path: Path) -> None:
    server = compose["services"]["server"]
    assert server["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    settings = settings_of({key: str(value) for key, value in server["environment"].items()}, tmp_path)
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert [str(each) for each in settings.trusted_proxies] == [network["subnet"]]
    assert seconds(server["stop_grace_period"]) > settings.shutdown_seconds + 2 * GRACE_SECONDS
    # Nobody but the proxy is reached from outside.
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert set(compose["secrets"]) == {
        name for each in compose["services"].values() for name in each.get("secrets", ())
    }


@pytest.mark.parametrize("start", ["enable --now grantwell", "docker run --name", "up --detach"])
def test_whoever_follows_the_document_makes_the_first_user_before_a_server_would(start: str) -> None:
    (shell,) = [fence.text for fence in fences_of(ROOT / "docs" / "deployment.md") if start in fence.text]
    assert 0 < shell.find("users create") < shell.index(start)


def test_the_first_user_of_a_container_can_be_made_without_an_issuer(tmp_path: Path) -> None:
    environment = {name: value for line in instructions("ENV") for name, value in assignments(line).items()}
    assert settings_of(environment, tmp_path).sqlite_path is not None


def test_no_secret_of_a_composition_is_committed() -> None:
    ignored = subprocess.run(
        ["git", "-C", str(ROOT), "check-ignore", "deploy/container/secrets/secret"], capture_output=True, check=False
    )
    assert ignored.returncode == 0


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_asks_the_server_where_it_listens_and_logs_no_query(name: str) -> None:
    text = (DEPLOY / "proxy" / name).read_text()
    settings = load_settings({})
    assert f"{settings.host}:{settings.port}" in text
    assert "auth.example.com" in text
    assert re.search(r"without_query;|request>uri regexp", text)
