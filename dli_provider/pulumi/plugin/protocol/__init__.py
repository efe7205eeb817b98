"""The engine's protocol: messages and stubs as Pulumi's SDK has them, without the SDK around them.

They are modules of their own, but to import them from where they are loads all of the SDK, of which a plugin uses
nothing, and a third of what a plugin holds before its first job. So they are loaded from there as modules of this
package. A process that loads the SDK as well has the same classes twice over, not two of each.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import (
        engine_pb2,
        engine_pb2_grpc,
        errors_pb2,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        status_pb2,
    )

    __all__ = [
        "engine_pb2",
        "engine_pb2_grpc",
        "errors_pb2",
        "plugin_pb2",
        "provider_pb2",
        "provider_pb2_grpc",
        "status_pb2",
    ]

_sdk = find_spec("pulumi")
assert _sdk is not None, "Pulumi's SDK is a requirement of this package"
__path__ += [str(Path(each, "runtime", "proto")) for each in _sdk.submodule_search_locations or ()]
