"""What a job template is: a SQL text that DLI keeps under a name, for jobs to be made from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dli_provider.job.constraints import OWN_TAGS, Violation, ill_formed
from dli_provider.job.values import NAME_CHARACTERS, Text, Texts

_NAME_LENGTH = 64


def _name(name: str) -> str:
    if not re.fullmatch(f"[{NAME_CHARACTERS}]+", name):
        raise ValueError(
            "must consist of letters a-z, Chinese characters, digits, '-' and '_', and not be empty"
        )
    if len(name) > _NAME_LENGTH:
        raise ValueError(f"must be at most {_NAME_LENGTH} characters; shorten it")
    return name


def _few(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > OWN_TAGS:
        raise ValueError(f"must be at most {OWN_TAGS}; take some out")
    if reserved := sorted(key for key in tags if key.startswith(("_sys_", "pulumi_"))):
        raise ValueError(f"must not hold {', '.join(reserved)}, as such keys are reserved; rename them")
    return tags


class TemplateSpec(BaseModel):
    """A template as declared (DLI API reference, "Creating a Template")."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[Text, AfterValidator(_name)]
    desc: Annotated[Text, Field(max_length=512)] = ""
    sql_body: Annotated[Text, Field(repr=False, max_length=1024 * 1024)] = ""
    job_type: Literal["flink_sql_job", "flink_opensource_sql_job"] = "flink_opensource_sql_job"
    tags: Annotated[Texts, AfterValidator(_few)] = Field(default_factory=dict)


LASTING = ("job_type", "tags")
"""What DLI takes only when a template is created: another value takes another template."""


def template_violations(values: Mapping[str, object]) -> tuple[Violation, ...]:
    """Everything wrong with the arguments of a template whose values are known."""
    try:
        # A name that is not known yet must not be reported as missing.
        TemplateSpec.model_validate({"name": "x", **values})
    except ValidationError as error:
        return ill_formed(error)
    return ()
