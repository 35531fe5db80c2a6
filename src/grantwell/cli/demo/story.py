"""The story, step by step. Each step does one thing, sees that it went as it should, and tells it."""

from collections.abc import Callable

from grantwell.cli.demo.orders_api import SCOPE
from grantwell.cli.demo.scene import REDIRECT_URI, Scene, Step, expect, parameters, shortened
from grantwell.cli.demo.server import audited
from grantwell.sdk import BadRequestError


def register(scene: Scene) -> Step:
    """RFC 7591."""
    client = scene.agent.oauth.register(
        client_name="Order Agent",
        redirect_uris=[REDIRECT_URI],
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",  # noqa: S106 - it says that there is no secret
        scope=SCOPE,
    )
    scene.client_id = client.client_id
    expect(client.client_secret is None, "a public client gets no secret")
    told = "An agent that nobody here has met introduces itself, and gets an id: no secret, and no rights yet."
    return Step("register", told, {"client_id": client.client_id, "client_name": client.client_name})


def authorize(scene: Scene) -> Step:
    """RFC 6749 section 4.1.1, RFC 7636, RFC 8707."""
    answer = scene.browser.get(scene.authorization_address(), follow_redirects=False)
    page = answer.headers.get("location", "")
    scene.consent_token = parameters(page).get("consent_token", "")
    expect(scene.consent_token, "the browser is sent to the consent page")
    told = "It sends Ada's browser to the server, with a PKCE challenge, and names the one API that it wants to use."
    facts = {"challenge": scene.challenge(), "resource": scene.api.resource, "consent_page": page.partition("?")[0]}
    return Step("authorize", told, facts)


def consent(scene: Scene) -> Step:
    """The operations behind every consent page; here Ada's API key stands for her browser."""
    asked = scene.ada.oauth.retrieve(scene.consent_token).data
    answer = scene.ada.oauth.grants(allowed=True, consent_token=scene.consent_token)
    came = parameters(answer.redirect_uri)
    expect(came.get("state") == scene.state, "the state comes back")
    expect(came.get("iss") == scene.server.url, "the answer names its issuer")
    scene.code = came.get("code", "")
    shown = [scope.name for scope in asked.requested_scopes or ()]
    told = "Ada reads who asks, and for what: an unverified agent, to see her orders. She allows it."
    facts = {"client": asked.name, "verified": asked.verified, "scopes": shown, "code": shortened(scene.code)}
    return Step("consent", told, facts)


def exchange(scene: Scene) -> Step:
    """RFC 6749 section 4.1.3."""
    tokens = scene.agent.oauth.token(
        grant_type="authorization_code",
        client_id=scene.client_id,
        code=scene.code,
        redirect_uri=REDIRECT_URI,
        code_verifier=scene.verifier,
    )
    expect(tokens.refresh_token, "there is a refresh token")
    scene.received.append(tokens)
    told = f"The agent trades the code and its verifier for tokens. The access token lives {tokens.expires_in} seconds."
    return Step("exchange", told, {"scope": tokens.scope, "refresh_token": shortened(scene.refresh_token)})


def call(scene: Scene) -> Step:
    """RFC 6750."""
    without, with_token = scene.ask_for_orders(), scene.ask_for_orders(scene.tokens.access_token)
    expect((without, with_token) == (401, 200), "the API admits the token, and nobody without one")
    told = "It asks the API for Ada's orders: refused without the token, answered with it."
    return Step("call", told, {"without_token": without, "with_token": with_token})


def introspect(scene: Scene) -> Step:
    """RFC 7662."""
    api = scene.api
    said = scene.ada.oauth.introspect(
        token=scene.tokens.access_token, client_id=api.client_id, client_secret=api.client_secret
    )
    expect(said.active and said.aud == api.resource, "the token is live, and for this API")
    told = "Before it answers, the API asks the server whether the token is live, whose it is and what it is for."
    return Step("introspect", told, {"active": said.active, "scope": said.scope, "aud": said.aud})


def refresh(scene: Scene) -> Step:
    """RFC 6749 section 6, with rotation."""
    before = scene.refresh_token
    scene.received.append(scene.refresh(before))
    expect(scene.refresh_token != before, "the refresh token is a new one")
    told = "Later the agent refreshes. It gets a new refresh token with each use, so that a copy will be noticed."
    return Step("refresh", told, {"used": shortened(before), "received": shortened(scene.refresh_token)})


def lose_an_answer(scene: Scene) -> Step:
    """The predecessor of an unused refresh token gets the same successor again."""
    used = scene.refresh_token
    scene.send_refresh_and_hang_up()
    again = scene.refresh(used)
    expect(scene.refresh(used).refresh_token == again.refresh_token, "asking again brings the same refresh token")
    scene.received.append(again)
    expect(scene.ask_for_orders(again.access_token) == 200, "the new access token is good")
    told = "It refreshes again, and the network loses the answer. It simply asks once more, and goes on: nothing broke."
    return Step("lose an answer", told, {"used_again": shortened(used), "received": shortened(scene.refresh_token)})


def replay(scene: Scene) -> Step:
    """RFC 9700 section 4.14.2."""
    stolen, live = scene.received[0].refresh_token or "", scene.tokens.access_token
    error = refusal(lambda: scene.refresh(stolen))
    expect(error == "invalid_grant", "the stolen token is refused")
    owner_refused = refusal(lambda: scene.refresh(scene.refresh_token)) == "invalid_grant"
    expect(owner_refused, "the agent's own refresh token has ended as well")
    status = scene.ask_for_orders(live)
    expect(status == 401, "the access token has ended as well")
    event = audited(scene.server, "lineage.replayed")
    told = (
        "Somebody who copied the first refresh token tries it. It was used long ago, so one of the two is a thief: "
        "all that came of this approval ends at once, for both."
    )
    facts = {
        "presented": shortened(stolen),
        "answer": error,
        "orders": status,
        "audited": f"{event.kind}: {event.reason}",
    }
    return Step("replay", told, facts)


def revoke(scene: Scene) -> Step:
    """The owner's own way out: a grant, and with it every token by it."""
    for step in (authorize, consent, exchange):
        step(scene)
    before = scene.ask_for_orders(scene.tokens.access_token)
    (grant,) = (each for each in scene.ada.oauth_grants.list() if each.client_id == scene.client_id)
    scene.ada.oauth_grants.delete(grant.id)
    after = scene.ask_for_orders(scene.tokens.access_token)
    expect((before, after) == (200, 401), "the tokens end with the grant")
    told = "Ada lets the agent in once more, then changes her mind and revokes the grant. Its tokens end that moment."
    return Step("revoke", told, {"grant": grant.id, "orders_before": before, "orders_after": after})


def refusal(attempt: Callable[[], object]) -> str:
    """The error code that an attempt is refused with; nothing where it is not."""
    try:
        attempt()
    except BadRequestError as error:
        body = error.body
        return str(body.get("error", "")) if isinstance(body, dict) else ""
    return ""


STEPS = (register, authorize, consent, exchange, call, introspect, refresh, lose_an_answer, replay, revoke)
