"""The Python text of a program that adopts jobs. Formatted as every formatter leaves it, at any length of lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dli_provider.generate.declaring import JobDeclaration

NAMESPACE = "job"
"""The namespace of the secrets in a stack's config."""

_HEAD = '''"""Flink SQL jobs taken over from DLI, as `dli generate` found them. The file is yours to edit."""

from pathlib import Path

import pulumi

from dli_provider import FlinkSqlJob

HERE = Path(__file__).parent
'''

_PLAIN = '''

def sql(file: str) -> str:
    """The SQL in a file of this folder."""
    return (HERE / file).read_bytes().decode()
'''

_SECRET = '''SECRETS = pulumi.Config("job")


def sql(file: str, *names: str) -> pulumi.Input[str]:
    """The SQL in a file of this folder; `@{name}` in it stands for the secret `job:name` of the stack's config."""
    text = (HERE / file).read_bytes().decode()
    if not names:
        return text
    secrets = [SECRETS.require_secret(name) for name in names]
    return pulumi.Output.all(*secrets).apply(lambda values: filled(text, names, values))


def filled(text: str, names: tuple[str, ...], values: list[str]) -> str:
    for name, value in zip(names, values):
        text = text.replace("@{" + name + "}", value)
    return text
'''


DOORS = {"dynamic": "dli_provider", "plugin": "pulumi_dli"}
"""The package that a program has `FlinkSqlJob` from, by the door that it declares jobs by."""


def program(declarations: Sequence[JobDeclaration], door: str = "dynamic") -> str:
    """The module that declares these jobs, by one door or the other: the arguments are the same."""
    secret = any(one.sql.names or one.config for one in declarations)
    # Without secrets the program makes no use of `pulumi` itself.
    head = _HEAD if secret else _HEAD.replace("import pulumi\n\n", "")
    head = head.replace(f"from {DOORS['dynamic']} ", f"from {DOORS[door]} ")
    return "".join([head, _SECRET if secret else _PLAIN, "\n\n", "\n".join(map(_resource, declarations))])


def sql_files(declarations: Sequence[JobDeclaration]) -> dict[str, str]:
    """The text of each SQL file, by its name."""
    return {file_of(one): one.sql.text for one in declarations}


def file_of(declaration: JobDeclaration) -> str:
    """The name of the file that a job's SQL is in."""
    return f"{declaration.arguments['name']}.sql"


def _resource(one: JobDeclaration) -> str:
    lines = [f"# {problem}" for problem in one.problems]
    if one.unsaid:
        lines.append(f"# {one.unsaid}")
    lines += ["FlinkSqlJob(", f"    {literal(one.resource)},"]
    for name, value in one.arguments.items():
        if name in one.remarks:
            lines.append(f"    # {one.remarks[name]}")
        secrets = one.config if name == "runtime_config" else {}
        lines.append(f"    {name}={_indented(value, secrets)},")
        if name == "name":
            calls = [literal(text) for text in (file_of(one), *one.sql.names)]
            lines.append(f"    sql_body={_call(calls)},")
    return "\n".join([*lines, ")", ""])


def _call(arguments: Sequence[str]) -> str:
    if len(arguments) == 1:
        return f"sql({arguments[0]})"
    return "\n        ".join(["sql(", *(f"{one}," for one in arguments)]) + "\n    )"


def _indented(value: object, secrets: Mapping[str, str]) -> str:
    if isinstance(value, str) and secrets:
        return f"SECRETS.require_secret({literal(secrets[''])})"
    if isinstance(value, Mapping) and secrets:
        lines = [
            f"{literal(key)}: "
            + (f"SECRETS.require_secret({literal(secrets[key])})" if key in secrets else literal(item))
            for key, item in value.items()
        ]
        return "\n        ".join(["{", *(f"{line}," for line in lines)]) + "\n    }"
    return literal(value).replace("\n", "\n    ")


def literal(value: object) -> str:
    """A value as Python: collections one entry a line, text in the quotes that need fewer escapes."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _block("{", (f"{literal(key)}: {literal(item)}" for key, item in value.items()), "}")
    if isinstance(value, list | tuple):
        return _block("[", map(literal, value), "]")
    return repr(value)


def _block(opening: str, entries: Iterator[str], closing: str) -> str:
    inner = ["    " + entry.replace("\n", "\n    ") + "," for entry in entries]
    return "\n".join([opening, *inner, closing]) if inner else opening + closing


def _text(value: str) -> str:
    quote = "'" if value.count('"') > value.count("'") else '"'
    escaped = "".join(_escaped(letter, quote) for letter in value)
    return f"{quote}{escaped}{quote}"


def _escaped(letter: str, quote: str) -> str:
    if letter in (quote, "\\"):
        return "\\" + letter
    return letter if letter.isprintable() else repr(letter)[1:-1]
