"""From one spec to the next without losing the job or its state. Plans are pure data; the engine runs and
reverts them."""
