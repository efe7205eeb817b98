"""Whether what a manifest says of its origin is so, as far as git can tell. Asks git; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import Manifest
from dli_provider.promotion.repository import Repository


def unfounded(manifest: Manifest, repository: Repository, layout: Layout) -> Iterator[str]:
    """The jobs whose origin never had this version: files and manifest were edited together.

    A commit that is not in this clone (it was squashed, or the clone is shallow) says nothing either way.
    """
    for job, entry in sorted(manifest.jobs.items()):
        release = layout.release(entry.origin)
        if entry.commit and repository.has(entry.commit):
            there = repository.artefact(entry.commit, release, job)
            if there is None or there.digest != entry.digest:
                yield (
                    f"{job}: the manifest says {entry.digest} of {entry.origin}, which had "
                    f"{there.digest if there else 'no such job'} in commit {entry.commit}. Promote it again."
                )
