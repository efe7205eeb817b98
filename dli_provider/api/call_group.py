"""What all groups of calls share: a transport, and for whom they are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from dli_provider.api.decoding import UnreadableError
from dli_provider.errors import Unavailable

if TYPE_CHECKING:
    from typing_extensions import Self

    from dli_provider.api.transport import Transport
from dli_provider.api.call import Call

T = TypeVar("T")


@dataclass(frozen=True)
class CallGroup:
    """Calls to one project of DLI. Thread-safe; views made by `about` share the connections."""

    transport: Transport
    subject: str = ""

    def about(self, subject: str) -> Self:
        """The same calls, whose errors name `subject` (a job's name, say) and not the object of the call."""
        return replace(self, subject=subject)

    @property
    def place(self) -> str:
        """Where what these calls make is: region and project id."""
        return self.transport.place

    def close(self) -> None:
        """Close the connections, also those of other views."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, call: Call, subject: str) -> object:
        """The body of DLI's answer. A refusal, or no answer, is raised as one of `dli_provider.errors`."""
        return self.transport.send(call, self.subject or subject)

    def _read(self, call: Call, subject: str, reader: Callable[[object], T]) -> T:
        """What a reader finds in the body of DLI's answer."""
        body = self._send(call, subject)
        try:
            return reader(body)
        except UnreadableError as error:
            raise Unavailable(
                self.subject or subject,
                f"DLI said yes, but {error}",
                remedy="look at the job in the DLI console; if it is as wanted, repeat the command",
            ) from error
