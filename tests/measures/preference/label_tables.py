"""Preferences built by hand, without a file."""

from __future__ import annotations

import pyarrow as pa

from holdfast.data.preferences.preferences import LABELS, PAIRS, Preferences

PAIR_DEFAULTS = {"prompt": None, "author_a": None, "author_b": None}
LABEL_DEFAULTS = dict.fromkeys(LABELS.names) | {"annotator_type": "ai_judge", "first": 0}


def preferences(pairs, labels, name="made"):
    """From dicts: of a pair `response_a` and `response_b`, of a label `pair` and `label`; all else may be missing."""
    rows = [
        PAIR_DEFAULTS | {"pair_id": f"p{at}", "pair_hash": f"sha256:{at}"} | pair
        for at, pair in enumerate(pairs)
    ]
    return Preferences(
        pairs=pa.Table.from_pylist(rows, schema=PAIRS),
        labels=pa.Table.from_pylist([LABEL_DEFAULTS | label for label in labels], schema=LABELS),
        name=name,
        shape="holdfast",
    )
