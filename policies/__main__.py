"""The rules of `dli review` as a CrossGuard policy pack: `pulumi up --policy-pack policies`.

Holds no rule of its own: each policy asks the rule of its name. A policy that needs what is not known before the
deployment says nothing until it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from dli_provider.pulumi import job_properties
from dli_provider.pulumi.property_bags import JOB_TYPES
from dli_provider.review.report import QueueUse, Severity
from dli_provider.review.rules import JOB_RULES, STACK_RULES, JobCase, Rule, StackCase
from dli_provider.review.ruleset import RuleSet
from dli_provider.review.size import cu_of

LEVELS = {
    Severity.ERROR: EnforcementLevel.MANDATORY,
    Severity.WARNING: EnforcementLevel.ADVISORY,
    Severity.NOTE: EnforcementLevel.ADVISORY,
}
UNTOLD = frozenset(["plain-credentials"])
"""Rules that ask whether an argument is a secret, which Pulumi does not tell policies. They are off until they are
switched on, by those who keep no credentials in SQL at all."""

PRODUCTION = {"production": {"type": "boolean"}}
CAPACITY = {"capacity": {"type": "object", "additionalProperties": {"type": "integer"}}}


def case(args: ResourceValidationArgs | PolicyResource) -> JobCase:
    """The job as the rules see it."""
    known: dict[str, Any] = {}
    unknown = set()
    for key in args.props:
        try:
            known[key] = args.props[key]
        except UnknownValueError:
            unknown.add(key)
    spec = job_properties.spec(known)
    return JobCase(spec.name or args.name, spec, bool(args.opts.protect), unknown=frozenset(unknown))


def production(urn: str, config: Mapping[str, Any]) -> bool:
    """Whether the stack is for production: as configured, else by its name, which begins every URN."""
    stack = urn.split("::")[0].rpartition(":")[2]
    return bool(config.get("production", RuleSet.of(stack, None).production))


def job_policy(rule: Rule[JobCase]) -> Policy:
    """A rule of one job as a policy of one resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in JOB_TYPES or (
            rule.production and not production(args.urn, args.get_config())
        ):
            return
        for name, reason in rule.breaches(case(args)):
            report(f"{name}: {reason}. What to do: {rule.remedy}.", None)

    schema = PolicyConfigSchema(properties=PRODUCTION) if rule.production else None
    level = EnforcementLevel.DISABLED if rule.id in UNTOLD else LEVELS[rule.severity]
    return ResourceValidationPolicy(rule.id, rule.asks, validate, level, schema)


def stack_policy(rule: Rule[StackCase]) -> Policy:
    """A rule of a stack as a policy of a stack. The sizes of queues are configured: a policy cannot ask DLI."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        cases = tuple(case(each) for each in args.resources if each.resource_type in JOB_TYPES)
        capacity = args.get_config().get("capacity", {})
        for name, reason in rule.breaches(StackCase(cases, queues(cases, capacity))):
            report(f"{name}: {reason}. What to do: {rule.remedy}.", None)

    schema = PolicyConfigSchema(properties=CAPACITY) if rule.id == "queue-capacity" else None
    return StackValidationPolicy(rule.id, rule.asks, validate, LEVELS[rule.severity], schema)


def queues(cases: tuple[JobCase, ...], capacity: Mapping[str, Any]) -> tuple[QueueUse, ...]:
    """What the jobs of the stack need of each queue whose size is configured."""
    running = [each.spec for each in cases if each.spec.desired_state == "running"]
    used = {name: sum(cu_of(spec) for spec in running if spec.queue_name == name) for name in capacity}
    return tuple(QueueUse(name, cu, cu, 0, int(capacity[name])) for name, cu in used.items())


def pack() -> None:
    """Serve the pack until Pulumi ends it."""
    PolicyPack("dli", [*map(job_policy, JOB_RULES), *map(stack_policy, STACK_RULES)])


if __name__ == "__main__":
    pack()
