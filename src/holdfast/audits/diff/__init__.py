"""Diff: has reality itself moved since it was frozen?"""

from holdfast.audits.diff.candidate import Persistence
from holdfast.audits.diff.diff import Diff, diff
from holdfast.audits.diff.moves import Move
from holdfast.audits.diff.shares import Share

__all__ = ["Diff", "Move", "Persistence", "Share", "diff"]
