"""What a live job has and its program does not say: named, and not lost without consent."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.job.declarations import WIRED
from dli_provider.job.document import beyond_arguments
from dli_provider.job.fields import JobSpec
from dli_provider.plan.create import Former, plan_create
from dli_provider.plan.plan import Plan
from dli_provider.plan.refusal import consent_to, offered
from dli_provider.plan.undeclared import still_undeclared, undeclared
from tests.support.planned_jobs import declared, observed
from tests.support.samples import PAIRS

OWN_SAVEPOINT = "obs://state/one/"


def former(spec: JobSpec, *names: str, **facts: Any) -> Former:
    return Former(7, spec, (OWN_SAVEPOINT,), undeclared=names, **facts)


@pytest.mark.parametrize("name", [name for name, wire in WIRED.items() if not wire.derived])
def test_every_field_that_a_live_job_has_is_named_where_the_program_does_not_say_it(name: str) -> None:
    # The last, as the first is the number of slots that DLI would compute.
    telling = [value for value in PAIRS[name] if not WIRED[name].same(value, None)][-1]
    if name == "resource_config":
        telling = {"max_slot": 2, "of_tomorrow": 1}
    plain = declared().model_copy(update={name: None})
    live = observed(plain.model_copy(update={name: telling, "resource_config_version": _version(name)}))
    found = undeclared(plain, live)
    assert name in found.arguments
    assert name not in undeclared(live.spec, live).arguments
    assert set(found.lost) <= set(found.arguments)


def _version(name: str) -> str | None:
    return "v2" if name == "resource_config_version" else WIRED[name].resources


def test_what_dli_fills_in_is_not_lost_and_what_people_set_is() -> None:
    new = declared()
    live = observed(
        new.model_copy(update={"smn_topic": "pager", "flink_version": "1.15", "runtime_config": "k=v"}),
        beyond=("job_config.max_parallelism",),
    )
    found = undeclared(new, live)
    assert found.arguments == ("smn_topic", "runtime_config", "flink_version")
    assert found.lost == ("smn_topic", "runtime_config", "job_config.max_parallelism")
    assert still_undeclared(found.lost, declared(smn_topic="other")) == found.lost[1:]


def test_settings_of_dlis_that_no_argument_says_are_known_by_name() -> None:
    config = {
        "cu_number": 4,
        "root_id": -1,
        "real_cu_number": 6,
        "checkpoint_path": "obs://b/c/",
        "savepoint_path": "obs://b/s/",
        "has_savepoint": True,
        "feature": "basic",
        "image": "registry/own:1",
        "max_parallelism": 128,
        "auto_scaling_enable": True,
        "auto_scaling_interval": 0,
        "dependency_jars": [],
        "entrypoint": None,
        "of_tomorrow": False,
    }
    names = ("job_config.auto_scaling_enable", "job_config.image", "job_config.max_parallelism")
    assert beyond_arguments(config) == names
    assert beyond_arguments({"feature": "custom"}) == ("job_config.feature",)


def test_a_job_that_would_be_without_settings_is_refused_and_says_the_ways_out() -> None:
    old = declared()
    plan = plan_create(old, former(old, "smn_topic", "job_config.image"))
    assert plan.refusal
    assert plan.refusal.reason == (
        "job 7 has what the program does not say, and one made anew would be without it: smn_topic, job_config.image"
    )
    assert plan.refusal.remedy == (
        "declare smn_topic as the job has it; or keep the job, as no argument can say the rest; or consent to a job "
        "without it, and without state that it cannot take over, with "
        f"allow_state_loss={offered(plan.refusal.remedy)!r}"
    )
    gone = plan_create(old, former(old, "smn_topic", gone=True)).refusal
    assert gone
    assert gone.reason.startswith("job 7 had what")


def consenting(plan: Plan, new: JobSpec) -> JobSpec:
    assert plan.refusal
    return new.model_copy(update={"allow_state_loss": offered(plan.refusal.remedy)})


@pytest.mark.parametrize("ran", [True, False])
def test_consent_to_just_this_or_a_declaration_lets_it_pass(ran: bool) -> None:
    old = declared()
    made = former(old, "smn_topic", ran=ran)
    agreed = consenting(plan_create(old, made), old)
    assert plan_create(agreed, made).refusal is None
    more = plan_create(agreed, former(old, "smn_topic", "log_enabled", ran=ran)).refusal
    assert more, "of more nobody was told"
    assert (
        f"(the {agreed.allow_state_loss!r} that is set is for other settings or another change)"
        in more.remedy
    )
    assert plan_create(declared(smn_topic="pager"), made).refusal is None
    assert plan_create(old, former(old, ran=ran)).refusal is None
    # Consent to losing state, for every change or just this one, is none to losing settings.
    assert plan_create(declared(upgrade_mode="stateless"), made).refusal
    assert plan_create(declared(allow_state_loss=consent_to(old, old)), made).refusal


def test_state_and_settings_that_would_be_lost_are_refused_together() -> None:
    old = declared()
    new = declared(sql_body=(old.sql_body or "").replace("SUM(v)", "MAX(v)"))
    plan = plan_create(new, former(old, "smn_topic"))
    assert plan.refusal
    assert "cannot go on from its state" in plan.refusal.reason
    assert "one made anew would be without it: smn_topic" in plan.refusal.reason
    assert plan_create(consenting(plan, new), former(old, "smn_topic")).refusal is None


def test_a_job_from_a_template_too_can_be_made_anew_without_settings_and_that_is_no_consent_about_state() -> (
    None
):
    old = declared(sql_body=None, template_id=7, upgrade_mode="stateless")
    new = old.model_copy(update={"template_id": 8})
    plan = plan_create(new, former(old, "job_config.image"))
    assert plan.refusal
    assert "without state" not in plan.refusal.remedy
    agreed = consenting(plan, new)
    assert plan_create(agreed, former(old, "job_config.image")).refusal is None
    stateful = agreed.model_copy(update={"upgrade_mode": None})
    kept = plan_create(stateful, former(old, "job_config.image")).refusal
    assert kept
    assert "state" in kept.reason
    assert "image" not in kept.reason
    again = agreed.model_copy(update={"template_id": 9})
    anew = plan_create(again, former(agreed, "job_config.image")).refusal
    assert anew
    assert offered(anew.remedy) not in (None, agreed.allow_state_loss), "each change has its own consent"
