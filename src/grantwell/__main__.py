"""`python -m grantwell` is the command `grantwell`."""

import sys

from grantwell.cli import main

sys.exit(main())
