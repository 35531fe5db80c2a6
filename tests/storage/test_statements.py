"""The catalogue: every statement is prepared, bound and fed by an index; every change has its statements."""

import re

import pytest

from grantwell.protocol import changes as made
from grantwell.protocol.store import TokenFacts
from grantwell.storage import rows
from grantwell.storage.changes import STEPS
from grantwell.storage.dictionary_changes import make
from grantwell.storage.dictionary_tables import Tables
from grantwell.storage.dictionary_upkeep import expired
from grantwell.storage.sqlite import SqliteBackend
from grantwell.storage.statement import CATALOGUE, Statement
from grantwell.storage.statements import accounts, apps, clients, grants, people, refusals, tokens, upkeep

# The only ones that may read a whole table: operators' lists, the few signing keys, and what is refused, of which no
# more is kept than can be read.
SCANNING = {
    "all_clients",
    "api_keys",
    "any_client",
    "any_user",
    "audit_events",
    "first_organization",
    "forget_refused_requests_in_all",
    "lineages_by_secret",
    "refused_requests",
    "users",
    "schema_version",
    "signing_keys",
}


def details_of(plan: list[tuple[int, int, int, str]]) -> list[str]:
    return [detail for *_, detail in plan]


def plan_of(backend: SqliteBackend, statement: Statement) -> list[str]:
    values = (None,) * len(statement.parameters)
    return details_of(backend.write_connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall())


@pytest.mark.parametrize("name", sorted(CATALOGUE))
async def test_sqlite_prepares_every_statement(sqlite: SqliteBackend, name: str) -> None:
    statement = CATALOGUE[name]
    values = (None,) * len(statement.parameters)
    assert sqlite.write_connection.execute(f"EXPLAIN {statement.sqlite}", values).fetchall()


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - SCANNING))
async def test_no_statement_reads_a_whole_table(sqlite: SqliteBackend, name: str) -> None:
    # `base` is the one row that a joined look-up begins with; a page and its total are counted out before.
    pages = tuple(
        f"SCAN {alias} LEFT-JOIN" for alias in ("client", "standing", "person", "session", "api_key", "found")
    )
    counted_out = ("SCAN base", "SCAN CONSTANT ROW", "SCAN total", "SCAN listed", "SCAN shown", *pages)
    # Clients that have been removed are kept while they have left something: seldom is there even one.
    assert [
        line
        for line in plan_of(sqlite, CATALOGUE[name])
        if line.startswith("SCAN") and line not in counted_out and not line.startswith("SCAN removed")
    ] == []


@pytest.mark.parametrize(
    "statement",
    [
        clients.CLIENTS,
        grants.GRANTS,
        people.USERS_OF,
        people.USER_SESSIONS,
        people.USER_API_KEYS,
        apps.APPS,
        refusals.REFUSED_REQUESTS_OF_CLIENT,
    ],
    ids=lambda statement: statement.name,
)
async def test_a_page_is_cut_from_an_index_that_is_in_order(sqlite: SqliteBackend, statement: Statement) -> None:
    plan = plan_of(sqlite, statement)
    assert any("_in_order" in line for line in plan)
    # The page itself is put in order once more, after it was cut: one sort, of what the caller gets.
    assert sum("TEMP B-TREE" in line for line in plan) <= 1


async def test_clients_are_counted_and_skipped_without_reading_them(sqlite: SqliteBackend) -> None:
    plan = [line for line in plan_of(sqlite, clients.CLIENTS) if line.startswith("SEARCH")]
    assert plan == [
        *["SEARCH client USING COVERING INDEX clients_chosen_in_order (org_id=?)"] * 2,
        "SEARCH client USING INDEX sqlite_autoindex_clients_1 (client_id=?)",
    ]


@pytest.mark.parametrize("statement", upkeep.REMOVE_EXPIRED.values(), ids=lambda statement: statement.name)
async def test_clean_up_finds_its_batch_through_an_index_on_time(sqlite: SqliteBackend, statement: Statement) -> None:
    plan = plan_of(sqlite, statement)
    assert any(
        re.search(r"USING (?:COVERING )?INDEX \w+_(by_end|revoked|never_authorized|events_in_order)", line)
        for line in plan
    )
    # What it deletes it finds by key, not among all that is due.
    assert re.match(r"SEARCH \w+ USING INDEX sqlite_autoindex_", plan[0])
    assert not any("TEMP B-TREE" in line for line in plan)


@pytest.mark.parametrize("statement", upkeep.REMOVE_LEFTOVERS, ids=lambda statement: statement.name)
async def test_what_removed_clients_have_left_is_found_through_indexes(
    sqlite: SqliteBackend, statement: Statement
) -> None:
    assert any("grants_by_client" in line for line in plan_of(sqlite, statement))


@pytest.mark.parametrize("statement", upkeep.REMOVE_EXPIRED.values(), ids=lambda statement: statement.name)
def test_clean_up_says_its_predicate_in_the_delete_itself_too(statement: Statement) -> None:
    assert statement.sqlite.count("< ?1") == 2


def test_every_statement_numbers_its_parameters_without_a_gap() -> None:
    for statement in CATALOGUE.values():
        for mark, text in (("?", statement.sqlite), ("$", statement.postgresql)):
            numbers = {int(number) for number in re.findall(rf"{re.escape(mark)}(\d+)", text)}
            assert numbers == set(range(1, len(statement.parameters) + 1)), statement.name
            assert ":" not in text, statement.name
            assert "{" not in text, statement.name


def test_both_texts_of_a_statement_differ_in_their_marks_only() -> None:
    for statement in CATALOGUE.values():
        assert re.sub(r"\$(\d)", r"?\1", statement.postgresql) == statement.sqlite


# What one of the two databases alone would take, or take otherwise.
OF_ONE_DIALECT = re.compile(
    r"\b(?:ILIKE|GLOB|RETURNING \*|INSERT OR|REPLACE INTO|IFNULL|NOW\(|strftime|rowid|SIMILAR|ANY\(|WITH|::|json_)"
    r"|SELECT \*|\.\*",
    re.IGNORECASE,
)


def test_no_statement_leaves_what_both_databases_share() -> None:
    assert [each.name for each in CATALOGUE.values() if OF_ONE_DIALECT.search(each.sqlite)] == []


def test_every_like_names_its_escape() -> None:
    for statement in CATALOGUE.values():
        assert statement.sqlite.count(" LIKE ") == statement.sqlite.count(" ESCAPE "), statement.name


async def test_the_columns_of_the_token_look_up_are_the_fields_of_its_facts(sqlite: SqliteBackend) -> None:
    described = sqlite.write_connection.execute(tokens.TOKEN.sqlite, ("",) * 5).description
    aliases = [name for name, *_ in described]
    assert aliases == list(TokenFacts.__struct_fields__)


@pytest.mark.parametrize(
    "statement",
    [
        accounts.ADD_ORGANIZATION,
        accounts.ADD_USER,
        accounts.ADD_API_KEY,
        accounts.ADD_SESSION,
        accounts.ADD_SIGNING_KEY,
        accounts.RECORD_EVENT,
        clients.ADD_CLIENT,
        grants.ADD_GRANT,
        grants.ADD_CONSENT_DECISION,
        tokens.ADD_LINEAGE,
        tokens.REVOKE_ACCESS_TOKEN,
        refusals.ADD_REFUSED_REQUEST,
    ],
    ids=lambda statement: statement.name,
)
async def test_an_added_record_fills_every_column_of_its_table(sqlite: SqliteBackend, statement: Statement) -> None:
    found = re.match(r"INSERT INTO (\w+) \(([^)]*)\)", statement.sqlite)
    assert found is not None
    columns = {row[1] for row in sqlite.write_connection.execute(f"PRAGMA table_info({found[1]})")}
    assert set(found[2].split(", ")) == columns


def test_every_change_is_known_to_databases_and_dictionaries() -> None:
    kinds = set(made.Change.__args__)
    assert set(STEPS) == kinds
    assert set(make.registry) - {object} == kinds


def test_dictionaries_clean_up_what_databases_do() -> None:
    for table in upkeep.REMOVE_EXPIRED:
        assert expired(Tables(), table, 1) == {}


def test_a_name_is_in_the_catalogue_once() -> None:
    with pytest.raises(AssertionError, match="client"):
        Statement("client", "SELECT 1")


def test_every_grant_type_has_a_bit_of_its_own() -> None:
    masks = [rows.grant_type_mask([name]) for name in ("authorization_code", "client_credentials", "refresh_token")]
    assert masks == [1, 2, 4]
    assert rows.grant_type_mask(["refresh_token", "authorization_code", "unheard_of"]) == 5
    assert rows.UNKNOWN_GRANT_TYPE & sum(masks) == 0
