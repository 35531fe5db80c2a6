"""The API reference."""

import json
import shlex
from typing import Any

import pytest
from tests.pages.visitor import Visitor, read
from tests.support.server import ISSUER, Server

from grantwell.pages.reference import describe
from grantwell.pages.reference_schema import Field, fields_of, words_of

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Example", "version": "1"},
    "servers": [{"url": "https://api.example"}],
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "UpdateThing",
                "summary": "Update a thing",
                "tags": ["Things"],
                "security": [{"bearer": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "page[size]", "in": "query", "required": True, "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Things"}}},
                    },
                    "404": {"description": "No such thing"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name", "kinds", "size"],
                "properties": {
                    "name": {"type": "string", "description": "What it is called"},
                    "kinds": {"type": "array", "items": {"enum": ["small", "large"]}},
                    "size": {"type": "integer"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "inside": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]},
                },
            },
            "Things": {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}},
            },
        }
    },
}


def test_operations_are_shown_with_all_that_is_needed_to_call_them() -> None:
    ((tag, (operation,)),) = describe(DOCUMENT).groups
    assert (tag, operation.id, operation.method, operation.path) == ("Things", "UpdateThing", "PUT", "/things/{id}")
    assert [(each.name, each.where, each.type, each.required) for each in operation.parameters] == [
        ("id", "path", "string", True),
        ("page[size]", "query", "integer", True),
    ]
    assert operation.credentials == ("bearer",)
    assert [each.status for each in operation.responses] == ["200"]
    assert [(each.status, each.description) for each in operation.errors] == [("404", "No such thing")]


def test_nested_fields_are_named_by_their_way() -> None:
    fields = {each.name: each for each in fields_of(DOCUMENT, {"$ref": "#/components/schemas/Things"})}
    assert fields["data"].type == "array of object"
    assert fields["data[].name"] == Field("data[].name", "string", True, "What it is called")
    assert fields["data[].kinds"].type == "array of small | large"
    assert fields["data[].note"].type == "string or null"
    assert fields["data[].inside.name"].required


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    names = [each.name for each in fields_of(DOCUMENT, {"$ref": "#/components/schemas/Thing"})]
    assert "inside.inside.inside.name" in names
    assert max(name.count("inside") for name in names) == 4
    circle = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}}
    assert words_of(circle, {"$ref": "#/components/schemas/A"}) == "any"


def test_the_example_is_a_command_that_a_shell_understands() -> None:
    ((_, (operation,)),) = describe(DOCUMENT).groups
    words = shlex.split(operation.example)
    assert words[:4] == ["curl", "-X", "PUT", "https://api.example/things/{id}?page%5Bsize%5D=PAGE[SIZE]"]
    assert "Authorization: Bearer $GRANTWELL_API_KEY" in words
    assert json.loads(words[-1]) == {"name": "NAME", "kinds": ["small"], "size": 1}


async def test_the_page_shows_every_operation_of_this_server(server: Server) -> None:
    visitor = Visitor(server)
    document = (await visitor.get("/openapi.json")).json()
    page = await visitor.get("/docs")
    shown = read(page)
    operations = [each for item in document["paths"].values() for each in item.values()]
    assert len(operations) >= 17
    for operation in operations:
        assert f'id="{operation["operationId"]}"' in page.text
        assert operation["summary"] in shown.text
    for path in document["paths"]:
        assert path in shown.text


@pytest.mark.parametrize(
    "command",
    [
        f"curl -X POST '{ISSUER}/v2/oauth/token' \\",
        "-d grant_type=",
        '-H "Authorization: Bearer $GRANTWELL_API_KEY"',
        '-u "$CLIENT_ID:$CLIENT_SECRET"',
    ],
)
async def test_the_page_has_examples_of_this_server(server: Server, command: str) -> None:
    assert command in read(await Visitor(server).get("/docs")).text
