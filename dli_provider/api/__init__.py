"""How DLI is spoken to: one method is one call. Knows no specs, no plans and never waits for a job.

jobs, tags, graphs, queues, templates   the calls, one method each (`calls`: what they share)
call, transport                         a call as data; sending it, and again where that is safe
retry, outages                          what is worth repeating, and when; what a broken connection means
envelope, refusals                      whether an answer is a yes; which error a no is, and its remedy
wire                                    what the payloads say, as values
signing, redact                         credentials go out signed; nothing secret comes back in a message
"""
