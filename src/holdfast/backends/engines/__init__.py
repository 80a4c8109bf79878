"""Engines: where work runs. Here, in threads, or on Ray; the caller cannot tell from the answers."""
