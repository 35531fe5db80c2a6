"""Where settings are written, which place wins, and what is said of names that are none."""

from pathlib import Path

import pytest

from grantwell.settings import SettingsError, load_settings

ENVIRONMENT = {"GRANTWELL_PORT": "8001"}


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    return str(caught.value)


def write_file(folder: Path, text: str) -> dict[str, str]:
    (folder / "grantwell.toml").write_text(text)
    return {"GRANTWELL_DATA_DIR": str(folder)}


def test_an_option_wins_over_a_variable_a_variable_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    at_folder = write_file(tmp_path, "port = 8002\nhost = '::1'\ncode_seconds = 30")
    settings = load_settings(at_folder | {"GRANTWELL_PORT": "8001", "GRANTWELL_HOST": "127.0.0.2"}, port=8000)
    assert (settings.port, settings.host, settings.code_seconds, settings.workers) == (8000, "127.0.0.2", 30, 1)


def test_an_option_that_was_not_given_says_nothing() -> None:
    assert load_settings(ENVIRONMENT, port=None).port == 8001


def test_an_empty_variable_says_nothing() -> None:
    assert load_settings({"GRANTWELL_PORT": ""}).port == 8000


def test_the_environment_of_the_process_is_read_where_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWELL_CODE_SECONDS", "17")
    assert load_settings().code_seconds == 17


def test_the_file_is_read_from_the_data_directory_that_an_option_names(tmp_path: Path) -> None:
    write_file(tmp_path, "port = 8002")
    assert load_settings({}, data_dir=tmp_path).port == 8002


def test_lists_and_tables_of_the_file_are_toml(tmp_path: Path) -> None:
    text = """
    resources = ["https://api.example.com"]
    default_resource = "https://api.example.com"
    scopes = [{ id = "admin" }, { id = "orders", name = "Orders", description = "See orders" }]
    [rate_limits]
    register = "5/hour"
    consent = "off"
    """
    settings = load_settings(write_file(tmp_path, text))
    assert settings.resources == ("https://api.example.com",)
    assert [scope.name for scope in settings.scopes] == ["admin", "Orders"]
    assert settings.rate_limits["register"] == "5/hour"
    assert "consent" not in settings.rate_limits


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GRANTWELL_PROT", "GRANTWELL_PORT"),
        ("GRANTWELL_ISSUERS", "GRANTWELL_ISSUER"),
        ("GRANTWELL_SECRETS_FILE", "GRANTWELL_SECRET_FILE"),
        ("GRANTWELL_port", "GRANTWELL_PORT"),
        ("GRANTWELL_", "GRANTWELL_"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_name_that_comes_closest(name: str, meant: str) -> None:
    assert f"{name} is not a setting. Did you mean {meant}" in refusal({name: "1"})


def test_an_unknown_name_in_the_file_is_refused_with_the_name_that_comes_closest(tmp_path: Path) -> None:
    text = refusal(write_file(tmp_path, "prot = 1"))
    assert f"prot in {tmp_path / 'grantwell.toml'} is not a setting. Did you mean port?" in text


@pytest.mark.parametrize("name", ["GRANTWELL_TEST_CHROMIUM", "GRANTWELL_API_KEY", "GRANTWELL_BASE_URL", "PORT"])
def test_variables_of_others_are_left_alone(name: str) -> None:
    assert load_settings({name: "something"}).port == 8000


def test_the_file_cannot_say_where_it_lies_itself(tmp_path: Path) -> None:
    assert "GRANTWELL_DATA_DIR" in refusal(write_file(tmp_path, "data_dir = 'elsewhere'"))


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe", b"port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "grantwell.toml").write_bytes(content)
    assert f"{tmp_path / 'grantwell.toml'} cannot be read" in refusal({"GRANTWELL_DATA_DIR": str(tmp_path)})


def test_a_secret_is_read_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    settings = load_settings({"GRANTWELL_BOOTSTRAP_PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.bootstrap_password == "correct horse"


def test_several_secrets_stand_on_lines_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text(f"{bytes(range(32)).hex()}\n{bytes(range(1, 33)).hex()}\n")
    settings = load_settings(write_file(tmp_path, f'secret_file = "{tmp_path / "secrets"}"'))
    assert settings.secret == (bytes(range(32)), bytes(range(1, 33)))


def test_a_secret_and_its_file_cannot_both_be_given(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse")
    both = {
        "GRANTWELL_BOOTSTRAP_PASSWORD": "battery staple",
        "GRANTWELL_BOOTSTRAP_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert "GRANTWELL_BOOTSTRAP_PASSWORD_FILE and GRANTWELL_BOOTSTRAP_PASSWORD are both set" in refusal(both)


def test_a_variable_wins_over_the_file_however_either_gives_the_secret(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse")
    at_folder = write_file(tmp_path, "bootstrap_password = 'battery staple'")
    settings = load_settings(at_folder | {"GRANTWELL_BOOTSTRAP_PASSWORD_FILE": str(tmp_path / "password")})
    assert settings.bootstrap_password == "correct horse"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), (b"", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_secret_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    assert words in refusal({"GRANTWELL_SECRET_FILE": str(path)})


def test_only_secrets_have_files() -> None:
    assert "GRANTWELL_PORT_FILE is not a setting" in refusal({"GRANTWELL_PORT_FILE": "/etc/hostname"})


def test_an_override_of_an_unknown_name_is_the_programmers_mistake() -> None:
    with pytest.raises(TypeError, match="prot"):
        load_settings({}, prot=1)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    at_folder = write_file(tmp_path, "workers = 0\nnonsense = 1")
    text = refusal(at_folder | {"GRANTWELL_PORT": "high", "GRANTWELL_PROT": "1", "GRANTWELL_ISSUER": "nowhere"})
    assert [line.split(" ")[0] for line in sorted(text.splitlines())] == [
        "GRANTWELL_ISSUER",
        "GRANTWELL_PORT",
        "GRANTWELL_PROT",
        "nonsense",
        "workers",
    ]
