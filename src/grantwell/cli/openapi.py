"""`grantwell openapi`."""

from grantwell import __version__, app
from grantwell.asgi.openapi import openapi_document
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import tell
from grantwell.settings import load_settings


def openapi(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Print the API's OpenAPI document, which a running server has at /openapi.json."""
    document = openapi_document(app.ALL_OPERATIONS, load_settings(data_dir=data_dir).issuer, __version__)
    tell(document, "", as_json=True)
