"""Make the tiny models importable."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
for folder in (_HERE, _HERE.parent, _HERE.parent / "models"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
