"""Live jobs turned into a Pulumi program: what each declares, which secrets it needs, the Python text.

Pure: reads neither DLI nor files, and writes none.
"""
