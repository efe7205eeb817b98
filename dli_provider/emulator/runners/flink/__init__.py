"""Jobs that run on a real Flink of this machine: DLI's status machine over Flink's own operations.

`runner` changes jobs and nothing else; it asks nobody and waits for nobody. `operations` do the slow things in threads,
`watch` sees what Flink says of its jobs; both leave what they learn where `runner` finds it. `properties` translates a
job's definition, `folders` its OBS paths.
"""
