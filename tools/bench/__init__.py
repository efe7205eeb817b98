"""The benchmark behind `make bench`: our jobs and trivial resources, the same engine, a local DLI.

Measures; decides nothing, and is no test. Nothing of the package imports it.
"""
