"""The organization's clients: find one, make one, change it, give it another secret, see how to use it, end it."""

from grantwell.pages.console.clients import creating, editing, ending, listing, secrets, showing, switching
from grantwell.pages.console.clients.paths import NEW, PATH
from grantwell.pages.routing import page_at

ROUTES = (
    page_at(PATH, get=listing.show),
    page_at(NEW, get=creating.show, post=creating.submit),
    page_at(f"{PATH}/{{id}}", get=showing.show),
    page_at(f"{PATH}/{{id}}/edit", get=editing.show, post=editing.submit),
    page_at(f"{PATH}/{{id}}/secret", get=secrets.show, post=secrets.rotate),
    page_at(f"{PATH}/{{id}}/older-secret", get=secrets.show_end, post=secrets.end_older),
    page_at(f"{PATH}/{{id}}/switch", get=switching.show, post=switching.submit),
    page_at(f"{PATH}/{{id}}/delete", get=ending.show, post=ending.submit),
)

__all__ = ["ROUTES"]
