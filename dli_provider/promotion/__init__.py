"""What moves from stack to stack, and by which rules: releases, environments, and the way from one to the other.

Knows files, config and git, and what a job is; nothing of Pulumi, and of DLI only what the lifecycle reports. It
decides and never prints: `dli promote` and its sisters lay out what stands here, and a stack program declares it.
"""
