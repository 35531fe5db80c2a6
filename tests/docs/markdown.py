"""Our Markdown files, taken apart: headings, links, tables and code, and which code is meant to be run."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(r"<!-- (?P<mark>[a-z ]+) -->")
ATTRIBUTE = re.compile(r"""(?:src|srcset|href)="([^"]*)\"""")

_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Fence:
    """A block of code. `mark` is what the comment before it says: `run`, `prints`, ...; empty without one."""

    path: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT).as_posix()}:{self.line}"


def markdown_files() -> list[Path]:
    """Those that git keeps, or would."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted(path for name in names.split("\0") if name and (path := ROOT / name).is_file())


def tokens_of(path: Path) -> list[Token]:
    return _PARSER.parse(path.read_text())


def inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def links_of(path: Path) -> list[str]:
    """Every target: of links, of images, and of HTML written into the text."""
    tokens = tokens_of(path)
    found = [
        str(target)
        for token in inline(tokens)
        for target in (token.attrGet("href"), token.attrGet("src"))
        if target is not None
    ]
    html = (token.content for token in (*tokens, *inline(tokens)) if token.type in ("html_block", "html_inline"))
    return found + [target for text in html for target in ATTRIBUTE.findall(text)]


def anchors_of(path: Path) -> set[str]:
    """The anchors that GitHub makes of headings: the second one of a name gets `-1`, and so on."""
    tokens = tokens_of(path)
    titles = [after for before, after in pairwise(tokens) if before.type == "heading_open"]
    seen: Counter[str] = Counter()
    anchors = set()
    for title in titles:
        slug = slug_of(text_of(title))
        anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return anchors


def text_of(token: Token) -> str:
    """The words of an inline token, without its markup."""
    return "".join(child.content for child in token.children or ())


def slug_of(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def tables_of(path: Path) -> list[list[list[Token]]]:
    """Every table as rows of cells, without its heading."""
    tables: list[list[list[Token]]] = []
    in_body = False
    for token in tokens_of(path):
        if token.type == "tbody_open":
            tables.append([])
        in_body = in_body != (token.type in ("tbody_open", "tbody_close"))
        if in_body and token.type == "tr_open":
            tables[-1].append([])
        elif in_body and token.type == "inline":
            tables[-1][-1].append(token)
    return tables


def code_in(token: Token) -> list[str]:
    """What a cell or paragraph writes as code."""
    return [child.content for child in token.children or () if child.type == "code_inline"]


def fences_of(path: Path) -> list[Fence]:
    tokens = [token for token in tokens_of(path) if token.type in ("fence", "html_block")]
    found = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "fence":
            continue
        line = token.map[0] + 1 if token.map else 0
        marked = before is not None and before.type == "html_block" and before.map and before.map[1] >= line - 2
        mark = MARK.fullmatch(before.content.strip()) if marked and before else None
        found.append(Fence(path, line, token.info.strip(), mark["mark"] if mark else "", token.content))
    return found
