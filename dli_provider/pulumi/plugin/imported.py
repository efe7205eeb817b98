"""A job that the state does not have, as its id or name alone tells it: imported, or looked up.

One answer is right for both. The inputs are the fewest arguments that leave the job as it is, from which
`pulumi import` writes the program; the outputs are all that DLI says of it. Nothing is written: the job is marked when
it is first changed, as an adopted one is.
"""

from __future__ import annotations

from dli_provider.errors import Invalid, NotFound
from dli_provider.generate.declaring import declare
from dli_provider.generate.extraction import Secrets
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import EVERY_JOB
from dli_provider.plan.live_job import Record
from dli_provider.plan.ownership import Marks
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.pulumi.plugin.faces import FoundResource
from dli_provider.pulumi.plugin.structs import Place
from dli_provider.run.lifecycle import Outcome
from dli_provider.run.look import last_seen, observe


def look_up(verbs: JobVerbs, target: str, owner: str) -> FoundResource:
    """The job of this id or name, as `owner` would declare it. Raises NotFound, and Invalid for what is no SQL job."""
    place = verbs.settings.place
    found = verbs.lifecycle.look_for(target)
    if found is None:
        reason = f"DLI has no job of this id or name in {place}"
        raise NotFound(f"job {target}", reason, remedy="check it, and that this is the place which is meant")
    live, tags = found.live, found.tags or {}
    subject = f"{live.name} (job {live.job_id})"
    if live.job_type and live.job_type not in EVERY_JOB:
        reason = f"it is a {live.job_type}, not a Flink SQL job"
        raise Invalid(subject, reason, remedy="import and look up Flink SQL jobs only")
    verbs.tell(f"{live.name}: job {live.job_id} is looked up in {place}")
    marks = Marks.of(tags)
    ours = marks.is_of(owner)
    if not marks.none and not ours:
        verbs.warn(f"{subject} belongs to {_whose(marks, owner)}")
    declaration = declare(live, tags, Secrets())
    spec = observe(live, tags, JobSpec(), Record()).spec
    inputs = {key: value for key, value in declaration.arguments.items() if key != "adopt"}
    inputs |= {"sql_body": spec.sql_body} if spec.sql_body else {}
    # One that is text is secret as a whole.
    secret: list[Place] = [
        ("runtime_config", key) if key else ("runtime_config",) for key in declaration.config
    ]
    if declaration.unsaid:
        verbs.warn(f"{subject}: {declaration.unsaid}")
    # Also where the program would leave one out, as in a comment.
    if declaration.sql.text != (spec.sql_body or ""):
        secret.append(("sql_body",))
        verbs.warn(
            f"{subject}: its SQL holds secrets, which are kept encrypted in the state; the code that `pulumi import` "
            "prints holds them in clear. `dli generate` writes a program that takes them from the stack's config"
        )
    record = Record(unclaimed=not ours, nonce=marks.nonce if ours else None, place=place)
    everything = job_properties.everything(inputs, observe(live, tags, JobSpec(), record))
    outcome = Outcome(live.job_id, last_seen(live), record)
    outputs = job_properties.outputs(everything, outcome, verbs.credentials)
    return FoundResource(str(live.job_id), inputs, outputs, secret)


def _whose(marks: Marks, owner: str) -> str:
    """Whose an imported job is, and what this stack may do with it."""
    if marks.same_stack(owner):
        return (
            "another resource of this stack: it can be looked up, and imported, but no deployment changes or deletes "
            "it as this one's. To have it under this name, give aliases=[pulumi.Alias(name=<its former name>)], or "
            "adopt, instead of an import"
        )
    return (
        f"{marks.whose}: it can be looked up, and imported, but no deployment of this stack changes or deletes it "
        "until that stack lets it go"
    )
