"""What a checkout needs around the package: its set-up, its documentation, the engine's build.

Never part of the wheel, and never imported by `dli_provider`.
"""
