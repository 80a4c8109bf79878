"""Which rows people are asked about, each with its chance: drawn once, sealed in a folder."""
