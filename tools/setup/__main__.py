"""`python3 -m tools.setup`: the virtual environment, then the engine in it; a second run takes a second."""

import os
import sys

from dli_provider.downloads import cache_folder
from tools.setup import CHECKOUT, pulumi_engine, virtualenv
from tools.setup.long_steps import SetupError, exclusive, say


def main() -> None:
    """Set this checkout up, or say in one line what stands in the way."""
    try:
        with exclusive(CHECKOUT / ".dli" / "setup.lock"):
            virtualenv.prepare(CHECKOUT)
            ours = CHECKOUT / ".venv" / "bin"
            chosen = pulumi_engine.obtain(cache_folder(os.environ), os.environ.get("PATH", ""), ours)
            pulumi_engine.link(chosen, CHECKOUT)
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; the next run starts over where it has to")
    say(f"set up: .venv, pulumi {chosen.version} ({chosen.origin})")


if __name__ == "__main__":
    main()
