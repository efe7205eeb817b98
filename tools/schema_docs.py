"""The reference of the package `dli` as Markdown, in the order of Pulumi's registry, from its schema alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from dli_provider.pulumi.plugin.package_schema import package_schema

_Spec = Mapping[str, Any]


def plugin_reference() -> str:
    """Every resource with its inputs and outputs, every function, every key of the config."""
    schema = package_schema()
    return "\n".join(
        [
            *(line for token, spec in schema["resources"].items() for line in _resource(token, spec)),
            *(line for token, spec in schema["functions"].items() for line in _function(token, spec)),
            "### Configuration",
            "",
            *_properties(schema["config"]["variables"], ()),
            "### Types",
            "",
            *(line for token, spec in schema["types"].items() for line in _declared(token, spec)),
        ]
    ).rstrip()


def _resource(token: str, spec: _Spec) -> Iterator[str]:
    inputs, outputs = spec["inputProperties"], spec["properties"]
    yield from (f"### {_name(token)}", "", spec["description"].replace("\n## ", "\n#### ").strip(), "")
    yield from ("#### Inputs", "")
    yield from _properties(inputs, spec.get("requiredInputs", ()))
    yield from ("#### Outputs", "", "All inputs, and:", "")
    yield from _properties({name: one for name, one in outputs.items() if name not in inputs}, ())


def _function(token: str, spec: _Spec) -> Iterator[str]:
    yield from (f"### {_name(token)}", "", spec["description"], "")
    if spec["inputs"]["properties"]:
        yield from ("#### Arguments", "")
        yield from _properties(spec["inputs"]["properties"], spec["inputs"].get("required", ()))
    yield from ("#### Result", "")
    yield from _properties(spec["outputs"]["properties"], ())


def _properties(properties: Mapping[str, _Spec], required: object) -> Iterator[str]:
    yield from ("| property | type | |", "|---|---|---|")
    for name, spec in properties.items():
        notes = [
            *(["required"] if isinstance(required, list) and name in required else []),
            *(["secret"] if spec.get("secret") else []),
            *(["may replace"] if spec.get("willReplaceOnChanges") else []),
        ]
        said = spec.get("description", "").replace("|", "\\|").replace("<", "\\<")
        noted = f"**{', '.join(notes)}** " if notes else ""
        yield f"| `{name}` | {_type(spec)} | {noted}{said} |"
    yield ""


def _declared(token: str, spec: _Spec) -> Iterator[str]:
    if "enum" in spec:
        values = ", ".join(f"`{each['value']}`" for each in spec["enum"])
        yield f"- **{_name(token)}**: {values}."
    else:
        fields = ", ".join(f"`{name}` ({_type(one)})" for name, one in spec["properties"].items())
        yield f"- **{_name(token)}**: {fields}. {spec['description']}"


def _type(spec: _Spec) -> str:
    if reference := spec.get("$ref"):
        return "any" if reference.endswith("Any") else _name(reference)
    if one_of := spec.get("oneOf"):
        return " or ".join(map(_type, one_of))
    if spec.get("type") == "array":
        return f"list of {_type(spec['items'])}"
    if spec.get("type") == "object":
        return f"map of {_type(spec['additionalProperties'])}"
    return str(spec["type"])


def _name(token: str) -> str:
    return token.rpartition(":")[2]
