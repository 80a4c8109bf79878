"""What generators leave behind about the rows they wrote; one file a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data.lineage.imports.curator import Curator
from holdfast.data.lineage.imports.data_designer import DataDesigner
from holdfast.data.lineage.imports.datatrove import Datatrove
from holdfast.data.lineage.imports.distilabel import Distilabel
from holdfast.data.lineage.imports.fact import Facts, Origin
from holdfast.data.lineage.imports.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGINS: Sequence[Origin] = (Distilabel(), Curator(), DataDesigner(), Datatrove(), Plain())
"""In the order in which they are tried."""

__all__ = ["ORIGINS", "Facts", "Origin"]
