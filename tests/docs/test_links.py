"""Whatever the documentation names is there: files, anchors, code and tests."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.docs.markdown import ROOT, anchors_of, code_in, links_of, markdown_files, tokens_of

# What a code span names, if it looks like a path of this repository; a test is named as pytest does it.
NAMED = re.compile(
    r"(?P<path>(?:src|tests|docs|examples|benchmarks|requirements|tools)/[\w./-]*\w/?|\.ci/run)(?:::(?P<name>\w+))?"
)


@cache
def anchors(path: Path) -> set[str]:
    return anchors_of(path)


def broken(path: Path, target: str) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return parts.scheme not in ("https", "http", "mailto")
    linked = path.parent / unquote(parts.path) if parts.path else path
    if not linked.exists() or not linked.resolve().is_relative_to(ROOT):
        return True
    return bool(parts.fragment) and (linked.suffix != ".md" or parts.fragment not in anchors(linked))


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    assert [target for target in links_of(path) if broken(path, target)] == []


def is_missing(span: str) -> bool:
    named = NAMED.fullmatch(span)
    if named is None:
        return False
    path = ROOT / named["path"]
    if not path.exists():
        return True
    return named["name"] is not None and not re.search(rf"def {named['name']}\(", path.read_text())


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_and_test_that_a_document_names_exists(path: Path) -> None:
    named = [span for token in tokens_of(path) for span in code_in(token)]
    assert [span for span in named if is_missing(span)] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, found = set[Path](), [ROOT / "README.md"]
    while found:
        path = found.pop()
        reached.add(path)
        local = [urlsplit(target) for target in links_of(path)]
        linked = [(path.parent / unquote(each.path)).resolve() for each in local if each.path and not each.scheme]
        found += [each for each in linked if each.suffix == ".md" and each.exists() and each not in reached]
    assert [each.relative_to(ROOT).as_posix() for each in markdown_files() if each not in reached] == []
