"""The same job in Python, with the package that `make sdks` writes under sdk/python."""

import pulumi
import pulumi_dli as dli

password = pulumi.Config("sql").require_secret("password")
orders = dli.FlinkSqlJob(
    "orders",
    queue_name="q_stream_dev",
    cu_number=4,
    desired_state=dli.DesiredState.RUNNING,
    checkpoint_enabled=True,
    obs_bucket="stream-state",
    tags={"team": "data"},
    sql_body=pulumi.Output.format(
        """
        CREATE TABLE clicks (k STRING, v INT) WITH ('connector' = 'kafka', 'properties.password' = '{0}');
        CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
        INSERT INTO totals SELECT k, SUM(v) FROM clicks GROUP BY k;""",
        password,
    ),
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="15m")),
)
pulumi.export("job_id", orders.job_id)
