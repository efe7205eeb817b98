"""The Pulumi program of every stack: asks `stacks` for the stack's jobs and declares each."""

from stacks.program import declare, jobs

for job in jobs():
    declare(job)
