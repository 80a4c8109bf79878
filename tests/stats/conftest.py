"""Make the worlds of known truth importable."""

from __future__ import annotations

import sys
from pathlib import Path

_WORLDS = str(Path(__file__).parent.parent / "measures")
if _WORLDS not in sys.path:
    sys.path.insert(0, _WORLDS)
