"""What an operator and time would do."""

from grantwell.app import Application, key_policy
from grantwell.protocol.key_rotation import make_signing_key, plan_rotation_by_hand


async def rotate_signing_key(app: Application) -> str:
    """As `grantwell signing-keys rotate --now`; the new key's `kid`."""
    context = app.driver.context("testing", "")
    rows = await app.backend.signing_keys()
    new = plan_rotation_by_hand(rows, context.now, key_policy(app.settings), at_once=True)
    added, event = make_signing_key(new, context)
    await app.backend.apply((added, event))
    await app.driver.key_ring.reload()
    return added.key.kid


async def run_jobs(app: Application) -> None:
    """Each of the background's jobs once."""
    await app.background.rotate()
    await app.driver.key_ring.reload()
    await app.background.clean_up()
    await app.driver.last_uses.write()
