"""Detectors: small named functions that look at an anchor and a candidate and say how bad it is.

A detector sees texts and labels, and nothing of what was planted. Peers join by being handed to the runner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.bench.detectors.audits import HoldfastAudit
from holdfast.lab.bench.detectors.classics import Compression, Distinct, LabelShares, Vocabulary

if TYPE_CHECKING:
    from holdfast.lab.bench.detectors.detector import Detector

__all__ = ["DETECTORS", "Compression", "Distinct", "HoldfastAudit", "LabelShares", "Vocabulary"]

DETECTORS: tuple[Detector, ...] = (
    HoldfastAudit(),
    Distinct(),
    Vocabulary(),
    LabelShares(),
    Compression(),
    Compression(packer="lzma"),
)
