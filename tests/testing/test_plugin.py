"""The plugin in a project of somebody else's: a pytest of its own, with warnings as errors."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

NOTHING_ELSE = ("-p", "grantwell.testing.plugin")

A_TEST = """
def test_tokens(grantwell_server):
    token = grantwell_server.token("read")
    assert grantwell_server.sdk.oauth.introspect(token=token).active
"""

AN_ASYNCHRONOUS_ONE = """
import asyncio

def test_tokens(grantwell_server):
    async def main():
        token = grantwell_server.token("read")
        return await grantwell_server.async_sdk.oauth.introspect(token=token)
    assert asyncio.run(main()).active
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """One whose pytest has our plugin and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-W", "error", "--strict-markers", *arguments)


def test_an_installed_plugin_is_found_by_itself(pytester: pytest.Pytester) -> None:
    # One of the plugins that are installed beside ours wants to be told this.
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(A_TEST)
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize("source", [A_TEST, AN_ASYNCHRONOUS_ONE], ids=["blocking", "asynchronous"])
def test_no_other_plugin_is_needed(project: pytest.Pytester, source: str) -> None:
    project.makepyfile(source)
    run(project, *NOTHING_ELSE).assert_outcomes(passed=1)


def test_settings_come_from_the_projects_fixture_and_from_the_tests_marker(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest

        @pytest.fixture
        def grantwell_settings():
            return {"scopes": ["orders:read"], "access_token_seconds": 60}
        """
    )
    project.makepyfile(
        """
        import pytest

        def test_fixture(grantwell_server):
            assert grantwell_server.tokens(scope="orders:read").expires_in == 60

        @pytest.mark.grantwell(access_token_seconds=5)
        def test_marker(grantwell_server):
            assert grantwell_server.tokens(scope="orders:read").expires_in == 5
        """
    )
    run(project, *NOTHING_ELSE).assert_outcomes(passed=2)


def test_one_server_can_be_shared_by_a_whole_session(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest
        from grantwell.testing import GrantwellServer

        @pytest.fixture(scope="session")
        def server():
            with GrantwellServer() as server:
                yield server

        def test_one(server):
            server.make_client(name="of the first test")

        def test_two(server):
            assert len(server.sdk.oauth_clients.list().data) == 1
        """
    )
    run(project, *NOTHING_ELSE).assert_outcomes(passed=2)


def test_a_marker_without_names_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile('import pytest\n@pytest.mark.grantwell(["read"])' + A_TEST)
    result = run(project, *NOTHING_ELSE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the marker takes settings by their names*"])


def test_without_the_server_it_is_said_what_to_install(project: pytest.Pytester) -> None:
    project.makeconftest("import sys\nsys.modules['argon2'] = None")
    project.makepyfile(A_TEST)
    result = run(project, *NOTHING_ELSE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*argon2 is missing: install the server with pip install grantwell[[]testing]*"])


def test_a_project_that_does_not_use_it_loads_nothing_of_it() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import grantwell.testing.plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert loaded == ["grantwell", "grantwell.testing", "grantwell.testing.plugin"]
