"""docs/reasons.md and the source know the same reason codes."""

import ast
from collections import Counter

import pytest
from tests.docs.markdown import ROOT, code_in, tables_of, text_of
from tests.docs.reason_codes import codes_in, errors_of_codes, reason_codes

DOCUMENT = ROOT / "docs" / "reasons.md"
FAULTS = ("client", "operator", "person", "attacker", "nobody", "us", "consent page", "see the audit log")


def documented() -> list[str]:
    return [code for table in tables_of(DOCUMENT) for row in table for code in code_in(row[0])]


def test_every_reason_in_the_source_is_explained() -> None:
    assert {code: files for code, files in reason_codes().items() if code not in documented()} == {}


def test_no_reason_is_explained_that_the_source_does_not_have() -> None:
    assert set(documented()) - reason_codes().keys() == set()


def test_each_reason_is_explained_once_and_wholly() -> None:
    assert [code for code, times in Counter(documented()).items() if times > 1] == []
    rows = [row for table in tables_of(DOCUMENT) for row in table]
    assert [text_of(row[0]) for row in rows if len(row) != 5 or not all(text_of(cell) for cell in row)] == []
    assert [text_of(row[0]) for row in rows if not text_of(row[3]).startswith(FAULTS)] == []


def test_the_answer_that_is_documented_names_the_error_that_is_raised() -> None:
    answers = {code: text_of(row[1]) for table in tables_of(DOCUMENT) for row in table for code in code_in(row[0])}
    raised = errors_of_codes()
    assert len(raised) > 60
    assert {
        code: errors for code, errors in raised.items() if not all(error in answers[code] for error in errors)
    } == {}


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("raise InvalidGrant('words', reason='code_replayed')", {"code_replayed"}),
        ("reason = 'one' if x else 'two' if y else 'three'", {"one", "two", "three"}),
        ("def _refuse_it(token):\n    return 'too_old' if token else None", {"too_old"}),
        ("def refuse_uri(uri):\n    return 'must not have a fragment'", set()),
        ("def _page(status, reason):\n    ...\nraise _page(400, 'by_place')", {"by_place"}),
        ("def told(token) -> tuple[Introspection, str]:\n    return INACTIVE, 'told'", {"told"}),
        ("raise TooManyRequests('words', reason=f'limit_{name}')", {"limit_register", "limit_consent"}),
    ],
)
def test_a_reason_is_found_however_it_is_written(source: str, codes: set[str]) -> None:
    found = codes_in(ast.parse(source))
    assert codes <= found
    assert bool(codes) is bool(found)
