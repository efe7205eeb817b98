"""What a job is: its fields and their bounds, what must hold between them, and what a change to each costs.

Pure: knows neither Pulumi, HTTP nor a clock, and no live job.

fields, control              every argument of a job, each declared once: DLI's, and ours
impact, values, wire         what declarations are made of: what a change does, natural types, how a field travels
declarations, catalogue      the declarations read back: for the program, and for generated documentation
constraints                  everything wrong with a job's arguments
diff                         what differs between two specs, what that costs, and why
document                     from a spec to DLI's documents, and back
status                       what the statuses of a job mean
template_spec                the same of a job template, which is much less
"""
