"""What moves from stack to stack, and by which rules: releases, environments, and the way from one to the other.

Knows files, config and git, and what a job is; nothing of Pulumi, and of DLI only what was seen of live jobs. It
decides and never prints: `dli promote` and its sisters lay out what stands here, and a stack program declares it.

layout, release, environment, placeholders   what a project holds: where, what moves, what stays, what links them
pipeline, release_jobs, review_stack         the jobs that come of it: of a stack, in order, or once more for a review
artefact, manifest, repository               versions of a job by digest, their origin, and what git knows of them
route, gate, order, candidate, proposal      a promotion: the way, whether it may, in which order, what it changes
versions, stack_comparison                   where each release stands, and two stacks side by side
problems                                     what a person can write wrong
"""
