"""Where the story takes place, and how it is told."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from grantwell.cli.demo.scene import Step, scene
from grantwell.cli.demo.server import running_server
from grantwell.cli.demo.story import STEPS
from grantwell.cli.output import Failure, tell, to_json
from grantwell.sdk import GrantwellError

WIDTH = 88


def tell_the_story(*, as_json: bool) -> None:
    """Tell it, step by step as it happens, or at the end as one object. Raises Failure where it is not true."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grantwell-demo-") as folder:
        steps = []
        for step in _story(Path(folder)):
            steps.append(step)
            if not as_json:
                _tell(len(steps), step)
    seconds = round(time.monotonic() - began, 1)
    closing = f"\nThat was a real server, and {seconds} s. Start your own: grantwell serve"
    tell({"ok": True, "seconds": seconds, "steps": steps}, closing, as_json=as_json)


def _story(folder: Path) -> Iterator[Step]:
    try:
        with running_server(folder) as server, scene(server) as everybody:
            for step in STEPS:
                yield step(everybody)
    except GrantwellError as error:
        raise Failure(f"the demo went wrong: {error}") from error


def _tell(number: int, step: Step) -> None:
    from rich.console import Console  # noqa: PLC0415 - only people need it
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(Text(f"\n{number:2}. {step.name}", style="bold"))
    console.print(Text(fill(step.told, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")))
    for name, value in step.facts.items():
        shown = value if isinstance(value, str) else to_json(value)
        console.print(Text(f"    {name.replace('_', ' ')}: {shown}", style="dim"), soft_wrap=True)
