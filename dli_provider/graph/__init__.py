"""Which jobs feed which, as a picture: the graph as data, and its layouts as text, mermaid and SVG. Pure.

Knows what SQL reads and writes, and nothing of DLI: the local DLI's console draws with it too.
"""
