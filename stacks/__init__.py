"""The sample project's program: what each stack declares. What a release and an environment are is the package's
(`dli_provider.promotion`); here they only become Pulumi resources.
"""
