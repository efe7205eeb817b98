"""From one definition of a job to the next, as data: which steps, in which order, and what becomes of state.

Pure: it decides, and does nothing. Knows no call of DLI's, no clock and no file; how steps are carried out stands in
`run`. What it needs to know of the live job it is given.

steps, plan                     one thing to do; all that is done to one job, and why
create, update, adopt, operate  the plans: of a deployment, and of what an operator does by hand
start_from, refusal             where state comes from; what may become of it only with consent
preview, drift                  what an update will do, said beforehand; where a live job is not as declared
live_job, ownership             the job as planned from; whose it is, and which savepoint is whose
"""
