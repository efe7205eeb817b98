"""What DLI accepts: fields one by one, a definition as a whole, and a job about to run. Pure, but for the resources.

A rule raises `Refusal` with the documented code; it never changes a job and never answers HTTP.
"""
