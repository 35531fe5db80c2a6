import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwell.pages.console.plot import HEIGHT, WIDTH, in_short, plot_of, scale_top


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 1),
        (1, 1),
        (3.9, 4),
        (4, 4),
        (4.1, 8),
        (9, 10),
        (17, 20),
        (87, 100),
        (350, 400),
        (1234, 2000),
        (0.003, 0.004),
    ],
)
def test_a_scale_ends_with_a_round_number_that_is_not_exceeded(highest: float, top: float) -> None:
    assert scale_top(highest) == pytest.approx(top)


@given(st.floats(1e-6, 1e9))
def test_no_value_leaves_the_drawing_and_none_is_pressed_to_the_ground(highest: float) -> None:
    assert highest * 0.999 <= scale_top(highest) <= 2.5 * highest


def test_a_line_goes_from_the_left_to_the_right_and_its_highest_point_to_the_top() -> None:
    (line,) = plot_of("x", [("a", [0, 4, 2])]).lines
    assert line.paths == (f"M0.0,{HEIGHT} L300.0,0.0 L{WIDTH},{HEIGHT / 2}",)
    assert (line.name, line.number, line.latest) == ("a", 1, "2")


def test_where_nothing_was_measured_the_line_has_a_gap() -> None:
    (line,) = plot_of("x", [("a", [1.0, None, 1.0, 1.0, None])]).lines
    assert [path.count("L") for path in line.paths] == [1, 1]
    # A point alone is drawn as well.
    assert line.paths[0] == "M0.0,0.0 L0.0,0.0"
    assert line.latest == "\u2013"


def test_the_marks_stand_from_the_top_to_nothing() -> None:
    assert plot_of("x", [("a", [8.0])]).marks == ("8", "6", "4", "2", "0")
    assert plot_of("x", []).lines == ()


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (3, "3"), (3.14159, "3.14"), (84.2499, "84.2"), (123.4, "123")])
def test_a_number_has_three_digits_that_matter(value: float, text: str) -> None:
    assert in_short(value) == text
    assert in_short(value, ",") == text.replace(".", ",")
