"""Stages: what a cycle does, one after the other; each is a function of its inputs."""
