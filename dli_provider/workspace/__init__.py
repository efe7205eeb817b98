"""A checkout and its stacks: what the engine and DLI say of their jobs, what is proposed and what is deployed."""
