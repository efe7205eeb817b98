"""Layouts of a review: text, markdown, HTML and JSON. They decide nothing, and find nothing out."""
