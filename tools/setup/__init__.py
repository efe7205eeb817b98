"""Makes a checkout ready to work in: `.venv` with pinned dependencies, and in it a real Pulumi engine.

`python3 -m tools.setup` runs before anything is installed: it may import the standard library only, and of
`dli_provider` nothing but `downloads`, which keeps to the same rule.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 - the one place that an older Python reaches
    sys.exit("setup: Python 3.10 or newer is needed; name one, as in: make setup PYTHON=python3.12")

CHECKOUT = Path(__file__).resolve().parents[2]
