"""Where tokens are kept: whole, private, and one holder of the lock at a time."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from typing_extensions import override

from grantwell.sdk import FileStorage, KeyringStorage, LoginError, MemoryStorage, StoredToken, TokenStorage
from grantwell.sdk.types import OAuthTokenResponse

TOKEN = StoredToken(
    access_token="access-s3cret",
    expires_at=1_767_227_400,
    client_id="c",
    base_url="https://auth.test/v2",
    refresh_token="refresh-s3cret",
    scope="admin",
    resource="https://api.test",
    extra={"colour": "blue"},
)


class KeyringInMemory(KeyringBackend):
    """A keyring as an operating system has one, but for the system."""

    priority = 1.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    @override
    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(service)


@pytest.fixture
def system_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringInMemory]:
    monkeypatch.setenv("HOME", str(tmp_path))
    before, ours = keyring.get_keyring(), KeyringInMemory()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


Make = Callable[[], TokenStorage]


@pytest.fixture(params=["memory", "file", "keyring"])
def make(request: pytest.FixtureRequest, tmp_path: Path, system_keyring: KeyringInMemory) -> Make:
    """Makes storages of one kind that all keep the same token."""
    memory = MemoryStorage()
    makers: dict[str, Make] = {
        "memory": lambda: memory,
        "file": lambda: FileStorage(tmp_path / "deep" / "er" / "token.json"),
        "keyring": lambda: KeyringStorage("https://auth.test"),
    }
    return makers[str(request.param)]


def test_a_token_comes_back_whole_to_whoever_comes_later(make: Make) -> None:
    assert make().load() is None
    make().save(TOKEN)
    assert make().load() == TOKEN
    make().save(replace(TOKEN, refresh_token=None))
    assert make().load() == replace(TOKEN, refresh_token=None)


def test_a_token_can_be_forgotten_more_than_once(make: Make) -> None:
    make().save(TOKEN)
    make().clear()
    make().clear()
    assert make().load() is None


def test_a_lock_has_one_holder_at_a_time(make: Make) -> None:
    one, other = make().lock(), make().lock()
    assert one.try_acquire()
    assert not other.try_acquire()
    one.release()
    assert other.try_acquire()
    other.release()


def test_two_accounts_of_a_keyring_keep_their_own_tokens_and_locks(system_keyring: KeyringInMemory) -> None:
    one, other = KeyringStorage("one"), KeyringStorage("other")
    one.save(TOKEN)
    assert other.load() is None
    held, free = one.lock(), other.lock()
    assert held.try_acquire()
    assert free.try_acquire()
    held.release()
    free.release()
    assert list(system_keyring.kept) == [("grantwell", "one")]


def test_without_a_keyring_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(LoginError, match="pip install keyring"):
        KeyringStorage("one")


def test_only_its_owner_can_read_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token.json"
    storage = FileStorage(path)
    storage.save(TOKEN)
    lock = storage.lock()
    lock.try_acquire()
    lock.release()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert sorted(each.name for each in path.parent.iterdir()) == ["token.json", "token.json.lock"]


def test_a_file_that_others_could_read_is_theirs_no_longer_after_saving(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    path.touch(0o644)
    FileStorage(path).save(TOKEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"access_token":1}', b"\xff", b"[" * 100_000])
def test_a_file_that_holds_no_token_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token.json"
    path.write_bytes(content)
    assert FileStorage(path).load() is None


def test_a_save_that_fails_leaves_the_old_token_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileStorage(tmp_path / "token.json")
    storage.save(TOKEN)

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("grantwell.sdk.login.file_storage.os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        storage.save(replace(TOKEN, access_token="newer"))
    assert storage.load() == TOKEN
    assert [each.name for each in tmp_path.iterdir()] == ["token.json"]


HOLD = """
import sys
from grantwell.sdk import FileStorage
assert FileStorage(sys.argv[1]).lock().try_acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_process_that_dies_with_the_lock_does_not_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        lock = FileStorage(path).lock()
        assert not lock.try_acquire()
        holder.kill()
        holder.wait(30)
        assert lock.try_acquire()
        lock.release()


def test_a_lock_that_the_system_cannot_give_is_an_error_and_no_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_: int) -> None:
        raise OSError("operation not supported")

    monkeypatch.setattr("grantwell.sdk.login.file_lock.lock_descriptor", unsupported)
    with pytest.raises(OSError, match="not supported"):
        FileStorage(tmp_path / "token.json").lock().try_acquire()


def test_a_token_shows_no_secret() -> None:
    assert "s3cret" not in repr(TOKEN)
    assert "auth.test" in repr(TOKEN)


def test_what_is_kept_is_plain_json_with_all_fields() -> None:
    fields = json.loads(TOKEN.to_json())
    assert fields["refresh_token"] == "refresh-s3cret"
    assert fields["colour"] == "blue"
    assert "extra" not in fields


def test_a_token_is_fresh_until_the_leeway_before_its_end() -> None:
    assert TOKEN.is_fresh(TOKEN.expires_at - 61, 60)
    assert not TOKEN.is_fresh(TOKEN.expires_at - 60, 60)
    assert TOKEN.is_fresh(TOKEN.expires_at - 60)


def test_an_issued_token_ends_when_the_server_says() -> None:
    answer = OAuthTokenResponse(access_token="a", token_type="Bearer", expires_in=10, refresh_token="r", scope="s")
    issued = StoredToken.issued(answer, 100.9, client_id="c", base_url="b", resource=None)
    assert (issued.expires_at, issued.refresh_token, issued.scope) == (110, "r", "s")
