"""`grantwell demo`."""

from grantwell.cli.options import Json


def demo(as_json: Json = False) -> None:
    """Tell the whole story of a grant against a real server on a temporary directory; leaves nothing behind."""
    # Imported here: no other command needs an HTTP client, which takes as long to load as half the server.
    from grantwell.cli.demo.telling import tell_the_story  # noqa: PLC0415 - see above

    tell_the_story(as_json=as_json)
