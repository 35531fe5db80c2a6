"""Where settings are written: variables of the environment, `grantwell.toml`, and files that hold one secret."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct

from grantwell.settings.model import SECRET_FIELDS, Settings

PREFIX = "GRANTWELL_"
FILE_NAME = "grantwell.toml"
FILE_SUFFIX = "_file"
NAMES = Settings.__struct_fields__
NAMES_WITH_FILES = (*NAMES, *(name + FILE_SUFFIX for name in SECRET_FIELDS))
# Our SDK's own variables, and those that the tests of this project are steered with.
OF_OTHERS = ("GRANTWELL_API_KEY", "GRANTWELL_BASE_URL")
OF_TESTS = "GRANTWELL_TEST_"
MAXIMUM_SECRET_FILE = 64 * 1024


class Given(Struct, frozen=True):
    """A value as somebody wrote it, and what that place is called in an error."""

    value: Any
    label: str


Found = tuple[dict[str, Given], list[str]]


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def from_environment(environment: Mapping[str, str]) -> Found:
    """What the variables say, and what is wrong with them. An empty one says nothing."""
    ours = [
        name
        for name in environment
        if name.startswith(PREFIX) and not name.startswith(OF_TESTS) and name not in OF_OTHERS and environment[name]
    ]
    names = {variable_name(name): name for name in NAMES_WITH_FILES}
    return _judge({names.get(name, name): Given(environment[name], name) for name in ours}, variable_name)


def from_file(path: Path) -> Found:
    """What `grantwell.toml` says, and what is wrong with it; one that is not there says nothing."""
    try:
        table = _read_toml(path)
    except ValueError as error:
        return {}, [f"{path} cannot be read: {error}"]
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}"]
    if "data_dir" in table:
        return {}, [f"data_dir cannot be set in {path}, which lies in it: set GRANTWELL_DATA_DIR or --data-dir"]
    return _judge({name: Given(value, f"{name} in {path}") for name, value in table.items()}, str)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    # Imported only where there is such a file: it costs 13 ms of a start.
    import tomllib  # noqa: PLC0415 - see above

    return tomllib.loads(text)


def _judge(written: Mapping[str, Given], spell: Callable[[str], str]) -> Found:
    """The settings among what was written, secrets read from their files; a problem for everything else."""
    found: dict[str, Given] = {}
    problems = []
    for name, given in written.items():
        try:
            known = _known(name, spell)
            if known in written and known != name:
                raise ValueError(f"and {spell(known)} are both set: keep one of them")
            found[known] = given if known == name else Given(_read_secret(given.value), given.label)
        except ValueError as error:
            problems.append(f"{given.label} {error}")
    return found, problems


def _known(name: str, spell: Callable[[str], str]) -> str:
    """The setting that is meant. Raises ValueError, which names the one whose name comes closest."""
    if name in NAMES:
        return name
    if name in NAMES_WITH_FILES:
        return name.removesuffix(FILE_SUFFIX)
    spelled = [spell(each) for each in NAMES_WITH_FILES]
    closest = get_close_matches(name, spelled, 1, 0.0)
    raise ValueError(f"is not a setting. Did you mean {closest[0]}? All of them: docs/settings.md")


def _read_secret(path: object) -> str:
    """The text of a file that holds one secret. Raises ValueError."""
    if not isinstance(path, str):
        raise ValueError("must be the path of a file")
    try:
        with Path(path).expanduser().open() as file:
            text = file.read(MAXIMUM_SECRET_FILE).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(f"names a file that cannot be read: {path} ({reason})") from None
    if not text:
        raise ValueError(f"names a file that is empty: {path}")
    return text
