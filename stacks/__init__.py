"""What each stack declares: an environment (stack config) and a release (files) make jobs.

Knows files and config, and nothing of how DLI is spoken to. Only `program` knows Pulumi, so that the command line
can read stacks without it.
"""
