"""How Flink on this machine fails: it cannot be had, it does not come up, or it refuses a statement."""

from __future__ import annotations


class FlinkError(RuntimeError):
    """Flink cannot be fetched, started or reached; the text says why and what to do."""


class RestError(FlinkError):
    """Flink's REST interface refused a call: `status` is the HTTP status (0: no answer), the text its reason."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


class StatementError(FlinkError):
    """Flink refuses a statement. `line` and `column` count from 1 in the whole script."""

    def __init__(self, message: str, line: int, column: int) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(f"line {line}, column {column}: {message}")
