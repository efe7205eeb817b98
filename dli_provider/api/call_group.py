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

    from dli_provider.api.call import Call
    from dli_provider.api.envelope import Answer
    from dli_provider.api.transport import Transport

T = TypeVar("T")


@dataclass(frozen=True)
class CallGroup:
    """Calls to one project of DLI. Thread-safe; views made by `about` share the connections."""

    transport: Transport
    subject: str = ""
    left: Callable[[], float] | None = None

    def about(self, subject: str) -> Self:
        """The same calls, whose errors name `subject` (a job's name, say) and not the object of the call."""
        return replace(self, subject=subject)

    def within(self, left: Callable[[], float]) -> Self:
        """The same calls, none of which lasts longer than what is `left` when it begins, in seconds."""
        return replace(self, left=left)

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

    @property
    def credentials_expire(self) -> float | None:
        """When DLI will take the credentials no more, in seconds since the epoch; None where nothing tells.

        A token that IAM has issued says it. The keys of a user do not expire; those that come with a security token do,
        and do not say when.
        """
        return self.transport.credentials_expire

    def _send(self, call: Call, subject: str) -> object:
        """The body of DLI's answer. A refusal, or no answer, is raised as one of `dli_provider.errors`."""
        return self._answer(call, subject).body

    def _answer(self, call: Call, subject: str) -> Answer:
        return self.transport.send(call, self.subject or subject, self.left() if self.left else None)

    def _read(self, call: Call, subject: str, reader: Callable[[object], T]) -> T:
        """What a reader finds in the body of DLI's answer."""
        answer = self._answer(call, subject)
        try:
            return reader(answer.body)
        except UnreadableError as error:
            raise Unavailable(
                self.subject or subject,
                f"DLI said yes, but {error} ({answer.form})",
                remedy="look at the job in the DLI console; if it is as wanted, repeat the command",
                request_id=answer.request_id,
            ) from error
