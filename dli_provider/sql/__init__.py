"""The judge of Flink SQL: what a script says, and what a change of it does to state. Knows neither DLI nor Pulumi."""
