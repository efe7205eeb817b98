"""Where the cache lies."""

from pathlib import Path

import pytest

from dli_provider.downloads import cache_folder


@pytest.mark.parametrize(
    ("environ", "system", "folder"),
    [
        ({"HOME": "/home/me"}, "linux", "/home/me/.cache/dli-provider"),
        ({"HOME": "/Users/me"}, "darwin", "/Users/me/Library/Caches/dli-provider"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": "/fast"}, "linux", "/fast/dli-provider"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": ""}, "linux", "/home/me/.cache/dli-provider"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": "relative"}, "linux", "/home/me/.cache/dli-provider"),
    ],
)
def test_cache(environ: dict[str, str], system: str, folder: str) -> None:
    assert cache_folder(environ, system) == Path(folder)
