"""holdfast keeps models that learn from synthetic data anchored to reality.

>>> import holdfast
>>> real = [{"text": f"how do I reset device {i * 7919}", "intent": "ab"[i % 2]} for i in range(200)]
>>> holdfast.audit(real, real=real).verdict
'fail'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.errors import (
    AnchorError,
    BackendError,
    HoldfastError,
    InputError,
    MissingExtra,
    OutputError,
    PreferenceInput,
    UsageError,
    Waiting,
)
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.anchors import Anchor, freeze, open_anchor, verify
    from holdfast.anchors.preferences import PreferenceAnchor, freeze_preferences, open_preference_anchor
    from holdfast.audits import Audit, audit
    from holdfast.audits.brand import BrandAudit, audit_brand
    from holdfast.audits.diff import Diff, diff
    from holdfast.audits.generation import Evaluation, evaluate
    from holdfast.audits.preferences import PreferenceAudit, audit_preferences
    from holdfast.audits.reward import RewardAudit, audit_rewards
    from holdfast.audits.voice import VoiceAudit, voice
    from holdfast.audits.winrates import WinRates, win_rates
    from holdfast.cycles.history import History, history
    from holdfast.cycles.project import Project, open_project
    from holdfast.cycles.watch import tail_callback
    from holdfast.data import Records, read_records
    from holdfast.data.lineage import Declared, tag, trace
    from holdfast.data.preferences import Preferences, read_preferences
    from holdfast.lab.blindness import Selftest, selftest
    from holdfast.remedies.blend import Blend, blend
    from holdfast.remedies.curate import Curation, curate
    from holdfast.remedies.curate.preferences import PreferenceCuration, curate_preferences
    from holdfast.remedies.generate import Generation, generate
    from holdfast.remedies.plan import Plan, plan
    from holdfast.reports.exports import Export, export

__all__ = [
    "Anchor",
    "AnchorError",
    "Audit",
    "BackendError",
    "Blend",
    "BrandAudit",
    "Curation",
    "Declared",
    "Diff",
    "Evaluation",
    "Export",
    "Generation",
    "History",
    "HoldfastError",
    "InputError",
    "MissingExtra",
    "OutputError",
    "Plan",
    "PreferenceAnchor",
    "PreferenceAudit",
    "PreferenceCuration",
    "PreferenceInput",
    "Preferences",
    "Project",
    "Records",
    "RewardAudit",
    "Selftest",
    "UsageError",
    "VoiceAudit",
    "Waiting",
    "WinRates",
    "__version__",
    "audit",
    "audit_brand",
    "audit_preferences",
    "audit_rewards",
    "blend",
    "curate",
    "curate_preferences",
    "diff",
    "evaluate",
    "export",
    "freeze",
    "freeze_preferences",
    "generate",
    "history",
    "open_anchor",
    "open_preference_anchor",
    "open_project",
    "plan",
    "read_preferences",
    "read_records",
    "selftest",
    "tag",
    "tail_callback",
    "trace",
    "verify",
    "voice",
    "win_rates",
]

# Importing holdfast does nothing and is quick: a room is opened when one of its names is used.
_ROOMS = {
    "Anchor": "anchors",
    "freeze": "anchors",
    "open_anchor": "anchors",
    "verify": "anchors",
    "Audit": "audits",
    "audit": "audits",
    "Diff": "audits.diff",
    "diff": "audits.diff",
    "Evaluation": "audits.generation",
    "evaluate": "audits.generation",
    "History": "cycles.history",
    "history": "cycles.history",
    "Project": "cycles.project",
    "open_project": "cycles.project",
    "tail_callback": "cycles.watch",
    "Records": "data",
    "read_records": "data",
    "Declared": "data.lineage",
    "tag": "data.lineage",
    "trace": "data.lineage",
    "Blend": "remedies.blend",
    "blend": "remedies.blend",
    "Curation": "remedies.curate",
    "curate": "remedies.curate",
    "Generation": "remedies.generate",
    "generate": "remedies.generate",
    "Plan": "remedies.plan",
    "plan": "remedies.plan",
    "Export": "reports.exports",
    "export": "reports.exports",
    "Selftest": "lab.blindness",
    "selftest": "lab.blindness",
    "PreferenceAnchor": "anchors.preferences",
    "freeze_preferences": "anchors.preferences",
    "open_preference_anchor": "anchors.preferences",
    "BrandAudit": "audits.brand",
    "audit_brand": "audits.brand",
    "PreferenceAudit": "audits.preferences",
    "audit_preferences": "audits.preferences",
    "RewardAudit": "audits.reward",
    "audit_rewards": "audits.reward",
    "VoiceAudit": "audits.voice",
    "voice": "audits.voice",
    "WinRates": "audits.winrates",
    "win_rates": "audits.winrates",
    "Preferences": "data.preferences",
    "read_preferences": "data.preferences",
    "PreferenceCuration": "remedies.curate.preferences",
    "curate_preferences": "remedies.curate.preferences",
}


def __getattr__(name: str) -> Any:
    """Open the room a public name lives in."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'holdfast' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"holdfast.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
