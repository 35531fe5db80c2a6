"""docs/rfcs.md names files that exist, and every RFC that the source names; the threat model has every line it must."""

import re

from tests.docs.markdown import ROOT, code_in, tables_of, text_of

SOURCE = ROOT / "src" / "grantwell"
RFCS = ROOT / "docs" / "rfcs.md"
THREATS = ROOT / "docs" / "threat-model.md"
STATE = re.compile(r"yes|no|partly: .+")
OF_THE_SOURCE = re.compile(r"(?:[\w]+/)+\w+\.py")
# The sections of RFC 9700 that hold a recommendation or an attack of their own.
RECOMMENDATIONS = ("2.1", "2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6")
ATTACKS = (
    *("4.1", "4.2", "4.3.1", "4.3.2", "4.4", "4.5", "4.6", "4.7", "4.8", "4.9.1", "4.9.2", "4.10.1", "4.10.2"),
    *("4.10.3", "4.11.1", "4.11.2", "4.12", "4.13", "4.14", "4.15", "4.16", "4.17"),
)


def test_each_line_says_whether_it_is_implemented_and_where() -> None:
    rows = [row for table in tables_of(RFCS) for row in table]
    assert [text_of(row[2]) for row in rows if not STATE.fullmatch(text_of(row[3]))] == []
    assert [text_of(row[2]) for row in rows if bool(code_in(row[4])) is (text_of(row[3]) == "no")] == []


def test_every_file_of_the_tables_exists() -> None:
    named = {
        span for path in (RFCS, THREATS) for table in tables_of(path) for row in table for span in code_in(row[-1])
    }
    named |= {span for table in tables_of(THREATS) for row in table for cell in row for span in code_in(cell)}
    files = {span for span in named if OF_THE_SOURCE.fullmatch(span) and not span.startswith("tests/")}
    assert len(files) > 50
    assert {name for name in files if not (SOURCE / name).is_file()} == set()


def test_every_rfc_that_the_source_names_has_a_line() -> None:
    listed = {text_of(row[0]) for table in tables_of(RFCS) for row in table}
    used = {rfc for path in SOURCE.rglob("*.py") for rfc in re.findall(r"RFC \d{4}", path.read_text())}
    assert used - listed == set()


def test_the_threat_model_has_a_line_for_each_section_of_rfc_9700() -> None:
    lines = [text_of(row[0]) for table in tables_of(THREATS) for row in table]
    assert [section for section in (*RECOMMENDATIONS, *ATTACKS) if section not in lines] == []


def test_each_line_of_the_threat_model_names_code_and_a_test_that_shows_it() -> None:
    with_tests = [table for table in tables_of(THREATS) if any("tests/" in text_of(row[-1]) for row in table)]
    assert len(with_tests) == 3
    rows = [row for table in with_tests for row in table]
    assert [text_of(row[-3]) for row in rows if not any("::test_" in span for span in code_in(row[-1]))] == []
    assert [
        text_of(row[-3]) for row in rows if not any(OF_THE_SOURCE.fullmatch(span) for span in code_in(row[-2]))
    ] == []
