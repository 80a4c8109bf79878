"""Pairs whose teacher is known, and pairs that had none among these models, as the audit judges them."""

from __future__ import annotations

from typing import Any

import numpy as np
from models import FAMILY, TAUGHT, TEACHERS, UNTAUGHT, placebos_for

from holdfast.audits.voice.judging import judge
from holdfast.measures.model.voice import Drift, read_drift, read_moves
from holdfast.views.voice import read_voices

LEAST_MATCHED, MATCHED = 100, 0.2
DRAWS = 499
NOT_SPECIFIC = "not_specific"


def measure(outputs: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Every pair under every name that a user might give. Features are read for all models at once, once for each form."""
    place = {name: at for at, name in enumerate(outputs)}
    sets = list(outputs.values())
    forms = {form: read_voices(sets, form) for form in ("voice", "plain")}
    length = np.log1p(forms["voice"].words)
    rows = []
    pairs: dict[tuple[str, str], set[str]] = {pair: set() for pair in UNTAUGHT}
    for before, after, teacher in TAUGHT:
        pairs.setdefault((before, after), set()).add(teacher)
    for (before, after), taught in pairs.items():
        for named in TEACHERS:
            if named not in taught and FAMILY[named] in {FAMILY[before], FAMILY[after]}:
                continue
            placebos = [name for name in placebos_for(named, before, after) if name not in taught]
            if named not in taught:
                # A wrong name is judged beside the right one where the two can be told apart.
                placebos += [
                    name for name in sorted(taught) if FAMILY[name] != FAMILY[named] and name not in placebos
                ]
            if len(placebos) < 3:
                continue
            members = [place[name] for name in (after, before, named, *placebos)]
            base = {form: read.features[members] for form, read in forms.items()}
            drifts = {"voice": _drift(base["voice"], [named, *placebos])}
            finding = NOT_SPECIFIC
            if named in taught or drifts["voice"].aimed:
                # Cut to equal length, an answer depends on who else is in the panel.
                base["stripped"] = read_voices([sets[at] for at in members], "stripped").features
                same = np.flatnonzero(np.abs(length[place[after]] - length[place[before]]) < MATCHED)
                if len(same) >= LEAST_MATCHED:
                    base["matched"] = base["voice"][:, same]
                drifts |= {
                    form: _drift(one, [named, *placebos]) for form, one in base.items() if form != "voice"
                }
                finding = judge(drifts).finding  # type: ignore[arg-type]
            main = drifts["voice"]
            rows.append(
                {
                    "before": before,
                    "after": after,
                    "taught": sorted(taught),
                    "named": named,
                    "finding": finding,
                    "pull": main.teacher.pull,
                    "interval": main.teacher.interval,
                    "alignment": main.teacher.alignment,
                    "needed": main.needed_alignment,
                    "rival": main.rival,
                    "specific": main.specific,
                    "placebos": placebos,
                }
            )
    return rows


def _drift(values: np.ndarray, names: list[str]) -> Drift:
    rng = np.random.default_rng(0)
    moves = read_moves(values, 1, np.delete(values, 1, axis=0) - values[1], rng, draws=199)
    return read_drift(moves, names, rng, draws=DRAWS)
