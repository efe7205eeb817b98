"""A refused change is told with the command that consents to it, and no other refusal is."""

import shlex

import pytest

from dli_provider.job.diff import diff
from dli_provider.job.fields import JobSpec
from dli_provider.plan.refusal import consent_to, does_not_fit
from dli_provider.promotion.environment import Environment, way_out

OLD = JobSpec(name="orders", sql_body="INSERT INTO b SELECT MAX(v) FROM a")
NEW = JobSpec(name="orders", sql_body="INSERT INTO b SELECT COUNT(*) FROM a")
REFUSED = does_not_fit(diff(OLD, NEW).changes, OLD, NEW)


@pytest.mark.parametrize(("job", "path"), [("orders", ".orders"), ("a-b_c", ".a-b_c"), ("a.b", '["a.b"]')])
def test_the_way_out_is_one_command_for_the_environment(job: str, path: str) -> None:
    told = way_out("shop", "prod", job, REFUSED.remedy)
    consent = consent_to(OLD, NEW)
    keeping, losing = (shlex.split(told.split("`")[at]) for at in (1, 3))
    for words, argument in ((keeping, "keep_state"), (losing, "allow_state_loss")):
        assert words == [
            *["pulumi", "config", "set", "--path", "--type", "string"],
            f"shop:jobs{path}.{argument}",
            consent,
            *["--stack", "prod"],
        ]
    assert "\n" not in told
    assert "upgrade_mode" not in told, "a setting of the release, which nobody may edit there"
    config = {"shop:queue_name": "q", "shop:obs_bucket": "b"}
    for argument in ("keep_state", "allow_state_loss"):
        jobs = f'{{"{job}": {{"{argument}": "{consent}"}}}}'
        environment = Environment.from_config("shop", "prod", {**config, "shop:jobs": jobs})
        placed = environment.placement(job).arguments()
        assert placed[argument] == consent, "a key that the environment knows"


def test_what_consent_does_not_help_keeps_its_own_remedy() -> None:
    from_template = does_not_fit((), OLD, JobSpec(name="orders", template_id=7)).remedy
    assert way_out("shop", "prod", "orders", from_template) == from_template
