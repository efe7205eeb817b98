"""The calls of the local DLI as an OpenAPI 3.1 document: what goes in and what comes out, by type.

It says what the shapes are, not which values a rule accepts; nothing in the local DLI reads it. A test compares it with
the routes and the fields, and a fuzz run with the answers.
"""
