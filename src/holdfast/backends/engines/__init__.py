"""Engines: where work runs. Here, in threads, or on Ray; the caller cannot tell from the answers."""

from holdfast.backends.engines.engine import Engine, failures
from holdfast.backends.engines.inline import InlineEngine
from holdfast.backends.engines.opening import ENGINES, open_engine
from holdfast.backends.engines.ray_engine import RayEngine

__all__ = ["ENGINES", "Engine", "InlineEngine", "RayEngine", "failures", "open_engine"]
