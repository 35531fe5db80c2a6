"""How hard hypothesis looks: `GRANTWELL_HYPOTHESIS=thorough` for an hour to spare, the default for every day.

No deadlines: how long an example takes says more about what else the machine does than about the rule.
"""

import os

from hypothesis import HealthCheck, settings

EVERY_DAY = settings(max_examples=60, stateful_step_count=40)
THOROUGH = settings(max_examples=3000, stateful_step_count=80)


def load_profile() -> None:
    """Choose by the environment."""
    for name, profile in (("everyday", EVERY_DAY), ("thorough", THOROUGH)):
        settings.register_profile(name, profile, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
    settings.load_profile(os.environ.get("GRANTWELL_HYPOTHESIS", "everyday"))
