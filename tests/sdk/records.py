"""Records as a server sends them."""

from typing import Any

from tests.sdk.recording_server import Answer, Asked, as_json

OAUTH_CLIENT: dict[str, Any] = {
    "record_type": "oauth_client",
    "client_id": "6f0c1b7e-0d0e-4a55-9d7c-6a4b8f3f1a10",
    "name": "Nightly sync",
    "org_id": "b1d9f3f0-52a1-4f0e-8a3e-0a4f0b9f7c11",
    "user_id": "0c0a7f2e-3f64-4b58-8ad5-7f4b1f0f6f35",
    "client_type": "confidential",
    "require_pkce": False,
    "allowed_scopes": ["admin"],
    "allowed_grant_types": ["client_credentials"],
    "redirect_uris": [],
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "client_secret": "client-s3cret",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T03:04:05.678+01:00",
    "colour": "blue",
}

OAUTH_GRANT: dict[str, Any] = {
    "id": "9f1d2c3b-0000-4000-8000-000000000001",
    "record_type": "oauth_grant",
    "client_id": OAUTH_CLIENT["client_id"],
    "scopes": ["admin"],
    "created_at": "2026-01-01T00:00:00Z",
    "last_used_at": None,
}


def list_of(records: list[dict[str, Any]]) -> Any:
    """A behaviour: the records in pages, as `page[number]` and `page[size]` ask."""

    def behave(asked: Asked) -> Answer:
        number, size = int(asked.query.get("page[number]", 1)), int(asked.query.get("page[size]", 20))
        meta = {
            "page_number": number,
            "page_size": size,
            "total_pages": -(-len(records) // size),
            "total_results": len(records),
        }
        return as_json({"data": records[(number - 1) * size : number * size], "meta": meta})

    return behave
