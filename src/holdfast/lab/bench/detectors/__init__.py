"""Detectors: small named functions that look at an anchor and a candidate and say how bad it is.

A detector sees texts and labels, and nothing of what was planted. Others join by being handed to the runner; programs of other projects
through `join_peer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.bench.detectors.audits import HoldfastAudit
from holdfast.lab.bench.detectors.classics import Compression, Distinct, LabelShares, Vocabulary
from holdfast.lab.bench.detectors.peers import Peer, join_peer, leave_peers

if TYPE_CHECKING:
    from holdfast.lab.bench.detectors.detector import Detector

__all__ = [
    "DETECTORS",
    "Compression",
    "Distinct",
    "HoldfastAudit",
    "LabelShares",
    "Peer",
    "Vocabulary",
    "join_peer",
    "leave_peers",
]

DETECTORS: tuple[Detector, ...] = (
    HoldfastAudit(),
    Distinct(),
    Vocabulary(),
    LabelShares(),
    Compression(),
    Compression(packer="lzma"),
)
