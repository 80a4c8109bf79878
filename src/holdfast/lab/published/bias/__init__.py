"""Bias: what a generator, a filter or a judge that prefers the typical loses."""
