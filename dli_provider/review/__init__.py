"""What a deployment will do, judged for people: report, findings, drift, and whether it is still what was reviewed.

Pure: it makes the plans that a deployment carries out, and prints nothing, calls nothing and knows no Pulumi.

subject, judge               one job to be reviewed, and what is said of it
assemble, report             the review of a stack, and what it consists of
rules, ruleset               what a job should have beyond what DLI asks for, and which of that counts for a stack
reviewed                     what is kept of a review, and the no to a deployment that does something else
size, summary, in_words      CUs by queue; the review in a sentence; its parts in words
mask                         what of it may be shown
"""
