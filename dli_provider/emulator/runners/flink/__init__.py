"""Jobs that run on a real Flink of this machine: DLI's status machine over Flink's own operations.

`runner` changes jobs, and never waits for Flink while a call is answered. `flink_operations` does the slow things in
threads, `flink_watch` asks Flink again and again how its jobs are; both leave what they learn where `runner` finds it.
`session_properties` translates a job's definition, `obs_folders` its OBS paths, `flink_graphs` what Flink shows;
`flink_history` keeps what was.
"""
