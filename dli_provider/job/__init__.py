"""What a job is: fields, bounds, rules, and what a change to each does.

Pure: knows neither Pulumi, HTTP nor a clock.
"""
