"""What people said: one SQLite file, only ever added to."""
