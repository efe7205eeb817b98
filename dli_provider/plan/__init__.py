"""From one definition of a job to the next, as data: which steps, in which order, and what becomes of state."""
