"""How DLI is spoken to: one method is one call. Knows no specs, no plans and never waits for a job.

client                                   all calls in one; what others use
job_calls, tag_calls, graph_calls,       the calls in groups: in each file the values that its calls answer, the calls,
queue_calls, template_calls              then how their answers are read (of jobs, `job_answers`)
call, call_group, transport              a call as data; what all groups share; sending a call, again where that is safe
retry, pace, outages                     what is worth repeating, and when; how fast; what a broken connection means
envelope, error_codes                    whether an answer is a success; which error a refusal is, and its remedy
decoding                                 numbers, texts and truths as DLI writes them
signing                                  credentials go out signed
"""
