"""Streaming: a candidate read block by block, here or elsewhere, and put beside an anchor without being held."""
