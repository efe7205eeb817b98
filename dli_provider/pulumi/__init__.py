"""What only Pulumi needs: its verbs and bags of values, its processes, how lines and errors read in its terminal.

Holds no rule about jobs, and decides nothing about them.

job_verbs, template_verbs                    what Pulumi's verbs mean, behind `dli_provider.resource` and `template`
property_bags, job_properties                bags by their keys alone (for jobs with nothing to do), and bags as jobs
arguments, resource_options, lookups         what a program may say of a job, in its options too, and ask of DLI
adoption_preview, reviewed_lock, sql_check   what a preview says of an adoption; what may be deployed; Flink's verdict
messages, process                            lines and errors in a terminal; the processes of Pulumi's that we run in
"""
