"""Whether a query does what its author says, as data: cases, tables of rows, changelogs, and how two are compared.

Knows SQL at most; no Flink, no files, no clock. What runs a case is bound to it in `workspace/`.
"""
