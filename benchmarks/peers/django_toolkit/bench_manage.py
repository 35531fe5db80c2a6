"""python bench_manage.py prepare, or: python bench_manage.py seed refresh_token|code COUNT.

Secrets are kept unhashed, which flatters the toolkit: hashed, as it does by default, each costs half a second.
"""

import os
import secrets
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench_settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402 - Django must be set up first
from django.utils import timezone  # noqa: E402 - Django must be set up first
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken  # noqa: E402 - Django must be set up first

SECRET, CHALLENGE, REDIRECT = (os.environ[f"BENCH_{name}"] for name in ("SECRET", "CHALLENGE", "REDIRECT"))


def prepare() -> None:
    call_command("migrate", verbosity=0)
    user, _ = User.objects.get_or_create(username="bench")
    # An application has one grant type besides refreshing, so there are two.
    for client_id, grant_type in (("bench-client", "client-credentials"), ("bench-web", "authorization-code")):
        Application.objects.filter(client_id=client_id).delete()
        Application.objects.create(
            client_id=client_id,
            client_secret=SECRET,
            hash_client_secret=False,
            client_type="confidential",
            authorization_grant_type=grant_type,
            redirect_uris=REDIRECT,
            name=client_id,
            user=user,
        )


def seed(what: str, count: int) -> list[str]:
    made = [secrets.token_urlsafe(32) for _ in range(count)]
    common = {"user": User.objects.get(username="bench"), "application": Application.objects.get(client_id="bench-web")}
    expiring = {"expires": timezone.now() + timedelta(days=1), "scope": "read write"}
    if what == "code":
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "redirect_uri": REDIRECT}
        Grant.objects.bulk_create([Grant(**common, **expiring, **challenge, code=each) for each in made])
        return made
    tokens = [AccessToken(**common, **expiring, token=secrets.token_urlsafe(32)) for _ in made]
    rows = zip(made, AccessToken.objects.bulk_create(tokens), strict=True)
    RefreshToken.objects.bulk_create([RefreshToken(**common, token=each, access_token=token) for each, token in rows])
    return made


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        sys.stdout.write("\n".join(seed(sys.argv[2], int(sys.argv[3]))))
