"""`python3 -m tools.setup`: the virtual environment, then the engine in it; a second run takes a second."""

import os
import sys

from tools.setup import engine, environment, links, places
from tools.setup.errors import SetupError
from tools.setup.lock import exclusive
from tools.setup.progress import say


def main() -> None:
    """Set this checkout up, or say in one line what stands in the way."""
    checkout = places.CHECKOUT
    try:
        with exclusive(checkout / ".dli" / "setup.lock"):
            environment.prepare(checkout)
            chosen = engine.obtain(
                places.cache(os.environ), os.environ.get("PATH", ""), checkout / ".venv" / "bin"
            )
            links.link(chosen, checkout)
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; the next run starts over where it has to")
    say(f"set up: .venv, pulumi {chosen.version} ({chosen.origin})")


if __name__ == "__main__":
    main()
