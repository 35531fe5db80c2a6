"""`grantwell serve`."""

from typing import Annotated

import typer

from grantwell import __version__, app
from grantwell.asgi.first_start import Prepared
from grantwell.asgi.supervisor import python
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import tell
from grantwell.settings import Settings, load_settings

WORKER = "grantwell.cli.worker"

LogFormat = Annotated[str | None, typer.Option(metavar="text|json", help="How log lines are written.")]


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 8000 by default.")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(help="How many processes; more than 1 on PostgreSQL.")] = None,
    log_format: LogFormat = None,
    as_json: Json = False,
) -> None:
    """Start the server. Everything that can be set is an environment variable too: docs/settings.md."""

    def load() -> Settings:
        return load_settings(host=host, port=port, data_dir=data_dir, workers=workers, log_format=log_format)

    def announce(prepared: Prepared) -> None:
        _announce(settings, prepared, as_json=as_json)

    settings = load()
    if settings.workers > 1:
        app.serve_in_workers(settings, announce, load, python(WORKER))
    else:
        app.serve(settings, announce)


def _announce(settings: Settings, prepared: Prepared, *, as_json: bool) -> None:
    made = {
        "email": prepared.created_email,
        "password": prepared.created_password,
        "api_key": prepared.created_api_key,
    }
    facts = {"listening": _address(settings), "issuer": settings.issuer, "data_dir": str(settings.data_dir.resolve())}
    tell(facts | {name: value for name, value in made.items() if value}, _words(settings, prepared), as_json=as_json)


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _words(settings: Settings, prepared: Prepared) -> str:
    issuer, key = settings.issuer, prepared.created_api_key or "YOUR_API_KEY"
    lines = [f"Grantwell {__version__} listens on {_address(settings)}"]
    if issuer != _address(settings):
        lines.append(f"  issuer    {issuer}")
    lines.append(f"  data      {settings.data_dir.resolve()}")
    if prepared.created_email:
        password = prepared.created_password or "as given"
        lines.append(f"  sign in   {issuer}/ as {prepared.created_email}, password {password}")
    if prepared.created_api_key:
        lines.append(f"  API key   {prepared.created_api_key}")
    if prepared.created_password or prepared.created_api_key:
        lines.append("            (made now, and not shown again)")
    lines.append(f"  try       curl {issuer}/.well-known/oauth-authorization-server")
    lines.append(f'            curl -H "Authorization: Bearer {key}" {issuer}/v2/oauth_clients')
    lines.append(f"  read      {issuer}/docs")
    return "\n".join(lines)
