"""What travels: answers, refusals and the JSON shapes of DLI. Knows no rule and no store."""
