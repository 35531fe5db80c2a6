"""Print `docs/settings.md`: `python -m grantwell.settings > docs/settings.md`."""

import sys

from grantwell.settings.reference import reference

sys.stdout.write(reference())
