"""Voice: outputs of several models to the same prompts, and how they are worded."""

from holdfast.views.voice.fingerprint import (
    MOST,
    Form,
    Voices,
    leave_out,
    read_beside,
    read_layout,
    read_voices,
    strip,
    units,
)
from holdfast.views.voice.outputs import Aligned, Outputs, align, read_outputs

__all__ = [
    "MOST",
    "Aligned",
    "Form",
    "Outputs",
    "Voices",
    "align",
    "leave_out",
    "read_beside",
    "read_layout",
    "read_outputs",
    "read_voices",
    "strip",
    "units",
]
