"""Pulumi's host of YAML programs, where the engine was built here."""
