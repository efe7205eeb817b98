"""Makes a checkout ready to work in: `.venv` with pinned dependencies, and in it a real Pulumi engine.

`python3 -m tools.setup` runs before anything is installed: it may import the standard library only, and
nothing of `dli_provider`.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - the one place that an older Python reaches
    sys.exit("setup: Python 3.10 or newer is needed; name one, as in: make setup PYTHON=python3.12")
