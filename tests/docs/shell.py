"""A terminal that a reader pastes into: one bash, which keeps its variables and its directory."""

import subprocess
from pathlib import Path
from types import TracebackType

END = "---end-of-snippet---"


class Shell:
    """Stops at the first command that fails, as a careful reader does."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._errors = directory / "errors.txt"
        with self._errors.open("w") as errors:
            self._bash = subprocess.Popen(
                ["bash", "--noprofile", "--norc", "-euo", "pipefail"],
                cwd=directory,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._bash.stdin, self._bash.stdout):
            assert stream is not None
            stream.close()
        self._bash.wait()

    def run(self, snippet: str) -> str:
        """Its standard output; fails with all that was said if a command does."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{snippet}\nprintf '\\n{END}\\n'\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        for line in self._bash.stdout:
            if line.strip() == END:
                return "".join(lines).strip()
            lines.append(line)
        raise AssertionError(f"failed:\n{snippet}\nsaid:\n{''.join(lines)}{self._errors.read_text()}")
