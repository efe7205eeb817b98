"""How DLI is spoken to: one method is one call. Knows no specs, no plans and never waits for a job."""
