"""For people: sign-in, consent, a reference to read. They reach the server through the SDK alone, as anybody could."""

from grantwell.pages.app import create_pages
from grantwell.pages.authorization_error import render_authorization_error

__all__ = ["create_pages", "render_authorization_error"]
