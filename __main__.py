"""The Pulumi program of every stack: asks `stacks` for the stack's jobs and declares them."""

from stacks.program import declare, jobs

declare(jobs())
