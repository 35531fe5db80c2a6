import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused

from grantwell.protocol.errors import InvalidRequest
from grantwell.protocol.paging import PageRequest, PaginationMeta, pagination_meta, read_page

NUMBERS = st.integers(1, 10**9)
SIZES = st.integers(1, 100)


def test_the_first_page_has_20_rows() -> None:
    assert read_page({}) == PageRequest(1, 20)
    assert read_page({}).offset == 0


@given(NUMBERS, SIZES)
def test_a_page_is_read_as_it_was_asked(number: int, size: int) -> None:
    page = read_page({"page[number]": str(number), "page[size]": str(size)})
    assert page == PageRequest(number, size)
    assert page.offset < 2**63


@pytest.mark.parametrize("text", ["0", "-1", "101", "1.5", "", " 5", "5 ", "+5", "1e1", "٣", "²", "9" * 5000, "ten"])
def test_a_size_out_of_range_is_refused(text: str) -> None:
    with refused(InvalidRequest, "page_out_of_range") as found:
        read_page({"page[size]": text})
    assert found.error.problems[0].field == "page[size]"
    assert found.error.description == "page[size] must be a whole number from 1 to 100"


@pytest.mark.parametrize("text", ["0", "-1", "1000000001", "9" * 11, "last", "'"])
def test_a_number_out_of_range_is_refused(text: str) -> None:
    with refused(InvalidRequest, "page_out_of_range") as found:
        read_page({"page[number]": text})
    assert found.error.problems[0].field == "page[number]"


@given(st.integers(0, 5000), SIZES)
def test_all_pages_together_are_all_rows_each_once(total: int, size: int) -> None:
    pages = pagination_meta(PageRequest(1, size), total).total_pages
    rows = [row for number in range(1, pages + 1) for row in range(total)[PageRequest(number, size).offset :][:size]]
    assert rows == list(range(total))
    beyond = PageRequest(pages + 1, size)
    assert list(range(total)[beyond.offset :][:size]) == []


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_the_last_page_may_be_shorter(total: int, pages: int) -> None:
    assert pagination_meta(PageRequest(), total) == PaginationMeta(1, 20, pages, total)


def test_past_the_end_the_answer_still_names_the_page_that_was_asked() -> None:
    assert pagination_meta(PageRequest(9, 20), 5) == PaginationMeta(9, 20, 1, 5)
