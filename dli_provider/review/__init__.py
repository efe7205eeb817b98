"""What a deployment will do, judged for people: report, findings, drift, and whether it is still what was reviewed.

Pure: it makes the plans that a deployment carries out, and prints nothing, calls nothing and knows no Pulumi.
"""
