"""What DLI accepts: fields one by one, a definition as a whole, and a job about to run.

Rules read the resources of a project, and nothing else from outside. A rule raises `Rejection` with the documented
code; it never changes a job and never answers HTTP.
"""
