"""Audit a voice: have a model's outputs taken on the voice of a teacher?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.audits.voice.judging import LEAST_PROMPTS, WISHED_PROMPTS, judge, unread
from holdfast.audits.voice.result import Party, VoiceAudit, VoiceSettings
from holdfast.errors import InputError, UsageError
from holdfast.measures.model.voice import read_drift, read_moves, read_nearest
from holdfast.measures.reading import Calibration, Undetermined, counted
from holdfast.views.voice import MOST, align, read_outputs, read_voices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.audits.voice.judging import Reading
    from holdfast.measures.model.voice import Drift, Nearest
    from holdfast.views.voice import Aligned, Form, Outputs, Voices

MOST_PROMPTS = 2_000
"""Prompts read at most, drawn at random: intervals shrink no more that matters."""
LEAST_MATCHED = 100
MATCHED = 0.2
"""Outputs whose log lengths differ by less count as equally long."""
_OUTPUTS_A_FEATURE = 4
_UNNAMED = "records"
_FORMS: tuple[Form, ...] = ("voice", "plain", "stripped")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """Outputs side by side: after, before, the control arm if there is one, the teacher, the placebos that take part."""

    aligned: Aligned
    control: bool
    names: tuple[str, ...]

    @property
    def texts(self) -> list[tuple[str, ...]]:
        return list(self.aligned.responses)


def voice(
    after: Any,
    *,
    before: Any,
    teacher: Any,
    placebo: Sequence[Any],
    control: Any = None,
    draws: int = 999,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> VoiceAudit:
    """Ask whether outputs have moved towards a teacher's voice, and towards that one rather than others.

    All sets answer the same prompts; each may be a path, a list of dicts, an Arrow table or `Records`, with prompts and completions in any form
    that `read_records` knows.

    Args:
        after: Outputs of the model under examination.
        before: Outputs of the same model before it was trained.
        teacher: Outputs of the teacher by name. Only a teacher that is suspected for a reason should be named: who tries all of
            them finds one.
        placebo: Outputs of at least three models that cannot have taught it: no siblings of the teacher, none of its students.
        control: Outputs of an arm that was trained in the same way on labels or outputs of people; the movement is then the difference to
            it.
        draws: Resamples behind intervals, and halves of the control inside.
        seed: Of everything that is drawn.
        progress: Called with a word about what is done next.

    Returns:
        The audit; see `VoiceAudit`.

    Raises:
        InputError: A file that cannot be read, or has no prompts.
        UsageError: A parameter that does not fit.
    """
    if draws < 199:
        raise UsageError("at least 199 draws are needed for a 99 % interval", where="--draws")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")
    progress("reading outputs")
    fixed = [("after", read_outputs(after)), ("before", read_outputs(before))]
    if fixed[0][1].responses == fixed[1][1].responses:
        raise InputError(
            "the outputs before are the outputs after, so nothing can have moved",
            where="--before",
            do="Give outputs of the model before it was trained",
        )
    if control is not None:
        fixed.append(("control", read_outputs(control)))
    fixed.append(("teacher", read_outputs(teacher)))
    named = _named([*fixed, *(("placebo", read_outputs(one)) for one in placebo)])
    panel, parties = _panel(named)
    notes = list(_notes(panel, parties))
    null = Calibration(draws=draws, seed=seed)
    settings = VoiceSettings(
        seed=seed, draws=draws, prompts_read=min(len(panel.aligned), MOST_PROMPTS), control=panel.control
    )
    drifts: Mapping[Reading, Drift] = {}
    arm: Drift | None = None
    nearest: Nearest | Undetermined = Undetermined(reason="nothing could be read")
    if len(panel.aligned) >= LEAST_PROMPTS:
        drifts, arm, nearest = _read(_fewer(panel, null), null, progress)
        if "matched" not in drifts:
            notes.append(
                f"Before and after are equally long on fewer than {LEAST_MATCHED} prompts, so the pull was not read on those alone."
            )
    judged = judge(drifts) if drifts else unread(len(panel.aligned))
    return VoiceAudit(
        judged=judged,
        parties=parties,
        drifts=drifts,
        control=arm,
        nearest=nearest,
        settings=settings,
        notes=tuple(notes),
    )


def _named(sets: Sequence[tuple[str, Outputs]]) -> list[tuple[str, Outputs]]:
    """Sets under names of their own: two files of one name are told apart by a number."""
    taken: set[str] = set()
    found = []
    for role, outputs in sets:
        # What comes from memory has no name of its own.
        base = role if outputs.name == _UNNAMED else outputs.name
        name, number = base, 2
        while name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        found.append((role, replace(outputs, name=name)))
    return found


def _panel(sets: Sequence[tuple[str, Outputs]]) -> tuple[_Panel, tuple[Party, ...]]:
    """What takes part, on the prompts that all of it answers; a placebo that would cost too many prompts does not."""
    core = [outputs for role, outputs in sets if role != "placebo"]
    whole = align(core)
    aside: dict[str, str] = {}
    kept = list(core)
    for role, outputs in sets:
        if role != "placebo":
            continue
        same = next((one.name for one in kept if one.responses == outputs.responses), None)
        shared = sum(prompt in outputs.responses for prompt in whole.prompts)
        if same is not None:
            aside[outputs.name] = f"holds the same outputs as {same}"
        elif shared < LEAST_PROMPTS <= len(whole):
            aside[outputs.name] = f"answers only {counted(shared, 'prompt')} of those that the others share"
        else:
            kept.append(outputs)
    aligned = align(kept)
    unshared = {one.name: left for one, left in zip(kept, aligned.unshared, strict=True)}
    if not len(aligned):
        raise InputError(
            "not one prompt is answered in all files",
            where=", ".join(one.name for one in kept),
            do="Let all models answer the same prompts, written the same way",
        )
    parties = tuple(
        Party(
            name=outputs.name,
            role=role,
            prompts=len(outputs),
            unshared=unshared.get(outputs.name, len(outputs)),
            repeated=outputs.repeated,
            silent=outputs.silent,
            set_aside=aside.get(outputs.name),
        )
        for role, outputs in sets
    )
    control = any(role == "control" for role, _ in sets)
    names = tuple(one.name for one in kept[3 if control else 2 :])
    return _Panel(aligned=aligned, control=control, names=names), parties


def _fewer(panel: _Panel, null: Calibration) -> _Panel:
    count = len(panel.aligned)
    if count <= MOST_PROMPTS:
        return panel
    kept = np.sort(null.rng("prompts").choice(count, MOST_PROMPTS, replace=False))
    aligned = replace(
        panel.aligned,
        prompts=tuple(panel.aligned.prompts[at] for at in kept),
        responses=tuple(tuple(texts[at] for at in kept) for texts in panel.aligned.responses),
    )
    return replace(panel, aligned=aligned)


def _notes(panel: _Panel, parties: Sequence[Party]) -> tuple[str, ...]:
    count = len(panel.aligned)
    notes = []
    if count < WISHED_PROMPTS:
        notes.append(
            f"{count:,} prompts are answered in all sets; {WISHED_PROMPTS} and more see smaller pulls."
        )
    if count > MOST_PROMPTS:
        notes.append(f"Of {count:,} prompts, {MOST_PROMPTS:,} were drawn at random and read.")
    unshared = [party for party in parties if party.unshared and party.set_aside is None]
    if unshared:
        listed = ", ".join(f"{party.name} {party.unshared:,}" for party in unshared)
        notes.append(f"Prompts that not all sets answer were left out: {listed}.")
    notes += [f"{party.name} takes no part: it {party.set_aside}." for party in parties if party.set_aside]
    if not panel.control:
        notes.append(
            "There is no control arm: a training on labels of people, alike in all else, would show what any training of this kind moves."
        )
    return tuple(notes)


def _read(
    panel: _Panel, null: Calibration, progress: Callable[[str], None]
) -> tuple[Mapping[Reading, Drift], Drift | None, Nearest | Undetermined]:
    drifts: dict[Reading, Drift] = {}
    arm: Drift | None = None
    nearest: Nearest | Undetermined = Undetermined(reason="there is no placebo")
    first = 3 if panel.control else 2
    # More features than outputs can tell apart would only be shrunk away again.
    most = min(MOST, len(panel.texts) * len(panel.aligned) // _OUTPUTS_A_FEATURE)
    for form in _FORMS:
        progress(f"reading {_DOING[form]}")
        voices = read_voices(panel.texts, form, most=most)
        values = voices.features
        drifts[form] = _drift(panel, values, null, form)
        if form != "voice":
            continue
        if panel.control:
            arm = _drift(panel, values, null, "control", arm=True)
        same = _matched(voices)
        if len(same) >= LEAST_MATCHED:
            drifts["matched"] = _drift(panel, values[:, same], null, "matched")
        if len(panel.names) > 1:
            nearest = read_nearest(
                voices.features[0],
                voices.features[first:],
                panel.names,
                null.rng("nearest voice"),
                draws=null.draws,
            )
    return drifts, arm, nearest


_DOING: dict[Form, str] = {
    "voice": "voices",
    "plain": "length and format",
    "stripped": "voices without layout",
}


def _drift(
    panel: _Panel, values: NDArray[np.float32], null: Calibration, what: str, *, arm: bool = False
) -> Drift:
    """The movement in one form. With a control arm it is the difference to that; the ways to the panel go out from before."""
    after, before = values[0], values[1]
    ways = values[3 if panel.control else 2 :] - before
    moved = values[2] - before if arm else after - (values[2] if panel.control else before)
    rng = null.rng(f"voice {what}")
    moves = read_moves(values, 1, np.concatenate([moved[None], ways]), rng, draws=null.draws)
    return read_drift(moves, panel.names, rng, draws=null.draws)


def _matched(voices: Voices) -> NDArray[np.int64]:
    """Prompts on which the outputs before and after are about equally long."""
    length = np.log1p(voices.words[:2])
    return np.flatnonzero(np.abs(length[0] - length[1]) < MATCHED)
