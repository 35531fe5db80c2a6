"""Processes that share their numbers: sums stay right while they come, go and are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from grantwell.asgi.metrics import catalogue as the
from grantwell.asgi.metrics.catalogue import Values
from grantwell.asgi.metrics.share import Share

A, B = ("A", "200", ""), ("B", "400", "why")


def numbers(requests: dict[tuple[str, ...], float], *, processes: float = 1, lag: float = 0, age: float = 0) -> Values:
    return {
        the.REQUESTS.name: {labels: [count] for labels, count in requests.items()},
        the.PROCESSES.name: {(): [processes]},
        the.LOOP_LAG.name: {(): [lag]},
        the.BACKGROUND_SUCCESS.name: {("keys",): [age]},
        the.WRITER_GROUPS.name: {(): [1.0] * (len(the.GROUP_SIZES) + 2)},
    }


Join = Callable[[], Share]


@pytest.fixture
def join(tmp_path: Path) -> Iterator[Join]:
    """Takes part as one more process."""
    with ExitStack() as living:

        def join() -> Share:
            return living.enter_context(closing(Share(tmp_path)))

        yield join


def test_what_processes_have_counted_is_added_up_and_gauges_as_each_says(join: Join) -> None:
    one, two = join(), join()
    one.publish(numbers({A: 3, B: 1}, lag=0.5, age=100))
    both = two.exchange(numbers({A: 4}, lag=0.25, age=90))
    assert both[the.REQUESTS.name] == {A: [7], B: [1]}
    assert both[the.PROCESSES.name] == {(): [2]}
    assert both[the.LOOP_LAG.name] == {(): [0.5]}
    assert both[the.BACKGROUND_SUCCESS.name] == {("keys",): [90]}
    assert both[the.WRITER_GROUPS.name] == {(): [2.0] * (len(the.GROUP_SIZES) + 2)}
    assert one.all() == both


def test_a_process_replaces_its_own_numbers(join: Join) -> None:
    one = join()
    one.publish(numbers({A: 3}))
    assert one.exchange(numbers({A: 5}))[the.REQUESTS.name] == {A: [5]}


def test_what_an_ended_process_has_counted_stays_and_what_it_was_goes(join: Join) -> None:
    one, two = join(), join()
    two.publish(numbers({A: 4, B: 2}, lag=9))
    two.close()
    left = one.exchange(numbers({A: 3}))
    assert left[the.REQUESTS.name] == {A: [7], B: [2]}
    assert left[the.PROCESSES.name] == {(): [1]}
    assert left[the.LOOP_LAG.name] == {(): [0]}


def test_who_begins_takes_over_what_the_ended_have_left_once(tmp_path: Path, join: Join) -> None:
    one = join()
    one.publish(numbers({A: 1}))
    for generation in range(1, 20):
        another = join()
        another.publish(numbers({A: 10}))
        another.close()
        assert one.all()[the.REQUESTS.name] == {A: [1 + 10 * generation]}
    assert len(list(tmp_path.iterdir())) < 10


def test_who_ends_before_counting_anything_leaves_nothing(tmp_path: Path, join: Join) -> None:
    join()
    before = set(tmp_path.iterdir())
    join().close()
    assert set(tmp_path.iterdir()) == before


def test_numbers_that_were_taken_over_are_not_counted_twice_while_their_file_is_still_there(
    tmp_path: Path, join: Join
) -> None:
    dead = join()
    dead.publish(numbers({A: 10}))
    dead.close()
    (left,) = tmp_path.glob("*.numbers")
    content = left.read_bytes()
    one = join()
    left.write_bytes(content)
    assert one.all()[the.REQUESTS.name] == {A: [10]}
    assert join().all()[the.REQUESTS.name] == {A: [10]}


def test_metrics_of_another_release_do_no_harm(tmp_path: Path, join: Join) -> None:
    newer, one = join(), join()
    wider: Values = {the.WRITER_GROUPS.name: {(): [1.0] * 99}, "grantwell_of_tomorrow_total": {("x",): [1]}}
    newer.publish(wider)
    assert one.exchange(numbers({A: 1}))[the.REQUESTS.name] == {A: [1]}
    assert "grantwell_of_tomorrow_total" not in one.all()


PUBLISHING = """
import sys
from pathlib import Path
from grantwell.asgi.metrics.share import Share
share, count = Share(Path(sys.argv[1])), 0
while True:
    count += 1
    share.publish({"grantwell_requests_total": {("A", "200", ""): [count]}, "grantwell_processes": {(): [1]}})
    print(count, flush=True)
"""


@pytest.fixture
def publisher(tmp_path: Path) -> "subprocess.Popen[str]":
    command = (sys.executable, "-c", PUBLISHING, str(tmp_path))
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_process_that_is_killed_in_the_midst_of_publishing_loses_nothing_that_was_seen(
    join: Join, publisher: "subprocess.Popen[str]"
) -> None:
    one, seen, told = join(), [], 0
    assert publisher.stdout is not None
    for _ in range(200):
        told = int(publisher.stdout.readline())
        seen.append(one.all()[the.REQUESTS.name][A][0])
    assert seen == sorted(seen)
    assert one.all()[the.PROCESSES.name] == {(): [1]}
    os.kill(publisher.pid, signal.SIGKILL)
    publisher.wait()
    told = max([told, *map(int, publisher.stdout)])
    publisher.stdout.close()
    after = one.all()
    assert told <= after[the.REQUESTS.name][A][0] <= told + 1
    assert the.PROCESSES.name not in after
    assert join().all()[the.REQUESTS.name] == after[the.REQUESTS.name]
