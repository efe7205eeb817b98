// The same job in TypeScript, with the package that `make sdks` writes under sdk/nodejs.
import * as pulumi from "@pulumi/pulumi";
import * as dli from "pulumi-dli";

const password = new pulumi.Config("sql").requireSecret("password");

const orders = new dli.FlinkSqlJob("orders", {
    queue_name: "q_stream_dev",
    cu_number: 4,
    desired_state: dli.DesiredState.Running,
    checkpoint_enabled: true,
    obs_bucket: "stream-state",
    tags: { team: "data" },
    sql_body: pulumi.interpolate`
        CREATE TABLE clicks (k STRING, v INT) WITH ('connector' = 'kafka', 'properties.password' = '${password}');
        CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector' = 'print');
        INSERT INTO totals SELECT k, SUM(v) FROM clicks GROUP BY k;`,
}, { customTimeouts: { create: "15m" } });

export const jobId: pulumi.Output<string> = orders.job_id;
export const running = dli.getFlinkSqlJobsOutput({ status: "job_running" }).jobs;
