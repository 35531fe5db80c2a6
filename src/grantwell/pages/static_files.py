"""Style and icon. Pages name them with a version, so that browsers may keep them for good."""

from os import PathLike
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOREVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


class ForeverStaticFiles(StaticFiles):
    """The package's static files."""

    def __init__(self) -> None:
        super().__init__(packages=[("grantwell.pages", "static")])

    def file_response(self, full_path: str | PathLike[str], *args: Any, **kwargs: Any) -> Response:
        """One file."""
        response = super().file_response(full_path, *args, **kwargs)
        response.headers.update(FOREVER)
        return response
