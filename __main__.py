"""The Pulumi program of every stack: declares the jobs of its files."""

from dli_provider.program import declare_jobs

declare_jobs()
