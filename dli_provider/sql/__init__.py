"""The judge of Flink SQL: what a script says, and what a change of it does to state.

Knows neither DLI nor Pulumi, no clock and no network. Others import from here and never from a module behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dli_provider.sql.ast import Column, Table
    from dli_provider.sql.change import classify, findings, from_text
    from dli_provider.sql.connectors import (
        BUILT_IN_CONNECTORS,
        EXCLUSIVE_OPTIONS,
        FETCHED_CONNECTORS,
        TOPIC_CONNECTORS,
        TOPIC_OPTIONS,
        TRIAL_CONNECTORS,
        connector,
        identity,
        is_consumer_group,
    )
    from dli_provider.sql.cursor import Unparsable
    from dli_provider.sql.flows import (
        Columns,
        Flow,
        Reading,
        Where,
        describe,
        flow,
        hints,
        keeping_sinks,
        readings,
        stateful_sinks,
        with_options,
    )
    from dli_provider.sql.headline import Filling, filling, problems
    from dli_provider.sql.hosts import Addresses, addresses
    from dli_provider.sql.lexer import (
        Lines,
        Piece,
        Token,
        TokenKind,
        Unreadable,
        comments,
        pieces,
        same_meaning,
        split,
        tokens,
    )
    from dli_provider.sql.plan_facts import PlanFacts
    from dli_provider.sql.plan_verdict import verdict_of_plans
    from dli_provider.sql.reasons import ChangeRule, Reason, StateFate
    from dli_provider.sql.redaction import WITHHELD, mask_any, mask_secrets, secret_spans
    from dli_provider.sql.script import (
        STATE_TTL,
        Outline,
        computed,
        groups_without_window,
        is_computed,
        outline,
        own_ttl,
        used_connectors,
    )
    from dli_provider.sql.slips import Mistake, mistakes
    from dli_provider.sql.verdicts import TEXT, Settings, SqlVerdict, consult

__all__ = [
    "BUILT_IN_CONNECTORS",
    "EXCLUSIVE_OPTIONS",
    "FETCHED_CONNECTORS",
    "STATE_TTL",
    "TEXT",
    "TOPIC_CONNECTORS",
    "TOPIC_OPTIONS",
    "TRIAL_CONNECTORS",
    "WITHHELD",
    "Addresses",
    "ChangeRule",
    "Column",
    "Columns",
    "Filling",
    "Flow",
    "Lines",
    "Mistake",
    "Outline",
    "Piece",
    "PlanFacts",
    "Reading",
    "Reason",
    "Settings",
    "SqlVerdict",
    "StateFate",
    "Table",
    "Token",
    "TokenKind",
    "Unparsable",
    "Unreadable",
    "Where",
    "addresses",
    "classify",
    "comments",
    "computed",
    "connector",
    "consult",
    "describe",
    "filling",
    "findings",
    "flow",
    "from_text",
    "groups_without_window",
    "hints",
    "identity",
    "is_computed",
    "is_consumer_group",
    "keeping_sinks",
    "mask_any",
    "mask_secrets",
    "mistakes",
    "outline",
    "own_ttl",
    "pieces",
    "problems",
    "readings",
    "same_meaning",
    "secret_spans",
    "split",
    "stateful_sinks",
    "tokens",
    "used_connectors",
    "verdict_of_plans",
    "with_options",
]

_MODULES = {
    "hosts": ("Addresses", "addresses"),
    "ast": ("Column", "Table"),
    "cursor": ("Unparsable",),
    "change": (
        "classify",
        "findings",
        "from_text",
    ),
    "verdicts": ("TEXT", "Settings", "SqlVerdict", "consult"),
    "plan_facts": ("PlanFacts",),
    "plan_verdict": ("verdict_of_plans",),
    "connectors": (
        "BUILT_IN_CONNECTORS",
        "EXCLUSIVE_OPTIONS",
        "FETCHED_CONNECTORS",
        "TOPIC_CONNECTORS",
        "TOPIC_OPTIONS",
        "TRIAL_CONNECTORS",
        "connector",
        "identity",
        "is_consumer_group",
    ),
    "flows": (
        "Flow",
        "Columns",
        "Reading",
        "Where",
        "describe",
        "flow",
        "hints",
        "keeping_sinks",
        "readings",
        "stateful_sinks",
        "with_options",
    ),
    "headline": ("Filling", "filling", "problems"),
    "slips": ("Mistake", "mistakes"),
    "lexer": (
        "Lines",
        "Piece",
        "Token",
        "TokenKind",
        "Unreadable",
        "comments",
        "pieces",
        "same_meaning",
        "split",
        "tokens",
    ),
    "reasons": (
        "ChangeRule",
        "Reason",
        "StateFate",
    ),
    "redaction": ("WITHHELD", "mask_any", "mask_secrets", "secret_spans"),
    "script": (
        "STATE_TTL",
        "Outline",
        "computed",
        "groups_without_window",
        "is_computed",
        "outline",
        "own_ttl",
        "used_connectors",
    ),
}


def __getattr__(name: str) -> Any:
    # Found when they are first used: most deployments change no SQL, and then nothing here need be loaded.
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            found = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
