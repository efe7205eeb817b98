"""A real Apache Flink on this machine: fetched once, started, spoken to, and gone with the process that started it.

It knows SQL scripts, Flink's REST interface and its SQL gateway, and nothing of DLI or Pulumi. It prints nothing: who
wants to show progress passes a `ProgressListener`.
"""
