"""Store: facts on disk, by what they were read from. What is not there is read again; nothing else depends on it."""
