"""`grantwell.sdk` as it is imported."""

import subprocess
import sys
from collections.abc import Callable
from inspect import getmembers, isfunction, signature
from typing import Any

import pytest

import grantwell.sdk
from grantwell.sdk import AsyncGrantwell, AuthorizationRequest, Grantwell
from grantwell.sdk.calls import listing, operation


def loaded_by(statement: str) -> set[str]:
    """The modules that a new Python has after a statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_to_import_the_package_is_to_load_next_to_nothing() -> None:
    loaded = loaded_by("import grantwell.sdk")
    assert {each for each in loaded if each.startswith("grantwell")} == {"grantwell", "grantwell.sdk"}
    assert "httpx" not in loaded


def test_a_blocking_client_loads_neither_asyncio_nor_the_login_nor_anything_of_the_server() -> None:
    loaded = loaded_by("from grantwell.sdk import Grantwell")
    assert loaded.isdisjoint({"asyncio", "webbrowser", "http.server", "pydantic", "msgspec", "keyring", "starlette"})
    assert {each for each in loaded if each.startswith("grantwell.") and not each.startswith("grantwell.sdk")} == set()


IMPORT_AND_MEASURE = """
import time
begun = time.process_time()
import grantwell, grantwell.sdk, grantwell.testing
print(time.process_time() - begun)
"""


def test_to_import_the_package_takes_less_than_60_ms() -> None:
    def seconds() -> float:
        command = [sys.executable, "-I", "-c", IMPORT_AND_MEASURE]
        return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    # Of the processor's time, and the best of five: the machine has other things to do.
    assert min(seconds() for _ in range(5)) < 0.06


def test_every_name_of_the_package_can_be_had_and_is_listed_once() -> None:
    assert set(grantwell.sdk.__all__) == set(grantwell.sdk.HOMES)
    for name in grantwell.sdk.__all__:
        assert getattr(grantwell.sdk, name).__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'grantwell\.sdk' has no attribute 'Telnyx'"):
        grantwell.sdk.Telnyx  # type: ignore[attr-defined] # noqa: B018 -- what is not there is the point


def test_a_client_shows_its_server_and_not_its_key() -> None:
    client = Grantwell(base_url="http://a.test/v2", api_key="s3cret")
    assert repr(client) == "Grantwell(base_url='http://a.test/v2')"
    assert client.settings.api_key == "s3cret"


def test_both_clients_offer_the_same() -> None:
    one, other = Grantwell(base_url="http://a.test"), AsyncGrantwell(base_url="http://a.test")
    public = {name for name in dir(one) if not name.startswith("_")}
    assert public == {name for name in dir(other) if not name.startswith("_")}
    for resource in ("well_known", "oauth", "oauth_clients", "oauth_grants"):
        names = {name for name in dir(getattr(one, resource)) if not name.startswith("_")}
        assert names == {name for name in dir(getattr(other, resource)) if not name.startswith("_")}
        raw = {name for name in dir(getattr(other, resource).with_raw_response) if not name.startswith("_")}
        assert raw == names - {"with_raw_response"}


def operations() -> dict[str, Callable[..., object]]:
    client = Grantwell(base_url="http://a.test")
    resources = {name: getattr(client, name) for name in ("well_known", "oauth", "oauth_clients", "oauth_grants")}
    return {
        f"{resource}.{name}": getattr(caller, name)
        for resource, caller in resources.items()
        for name, _ in getmembers(type(caller), lambda each: isinstance(each, operation | listing))
    }


def test_every_operation_keeps_its_signature() -> None:
    assert len(operations()) == 19
    for name, method in operations().items():
        assert isfunction(method), name
        assert "self" not in signature(method).parameters, name


@pytest.mark.parametrize("name", operations())
def test_a_misspelt_argument_is_refused_and_nothing_is_sent(name: str) -> None:
    method = operations()[name]
    needed = [each.name for each in signature(method).parameters.values() if each.default is each.empty]
    arguments: dict[str, Any] = {each: "x" for each in needed if each != "options"}
    if name == "oauth.exchange":
        arguments["request"] = AuthorizationRequest(
            authorization_endpoint="x", client_id="c", redirect_uri="x", issuer="x", state="s"
        )
        arguments["callback_url"] = "http://127.0.0.1/?code=c&state=s"
    with pytest.raises(
        TypeError, match=r"^oauth\S*\(\) has no argument nmae$|^well_known\S*\(\) has no argument nmae$"
    ):
        method(**arguments, nmae="Nightly sync")


def test_every_operation_says_what_it_does_and_what_each_argument_is() -> None:
    for name, method in operations().items():
        says = method.__doc__ or ""
        assert says, name
        assert [each for each in signature(method).parameters if f" {each}: " not in says] == [], name
