"""How hard hypothesis looks: `GRANTWELL_HYPOTHESIS=thorough` for an hour to spare, the default for every day.

No deadlines: how long an example takes says more about what else the machine does than about the rule.
"""

import os

from hypothesis import HealthCheck, settings

EVERY_DAY = {"max_examples": 60, "stateful_step_count": 40}
THOROUGH = {"max_examples": 3000, "stateful_step_count": 80}


def load_profile() -> None:
    """Choose by the environment."""
    common = {"deadline": None, "suppress_health_check": (HealthCheck.too_slow,)}
    settings.register_profile("everyday", **EVERY_DAY, **common)
    settings.register_profile("thorough", **THOROUGH, **common)
    settings.load_profile(os.environ.get("GRANTWELL_HYPOTHESIS", "everyday"))
