"""Reading rewards: a row for each pair and step, in our own names or in those that TRL logs."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data.preferences.identity import identify
from holdfast.data.rewards.log import RewardLog
from holdfast.data.rows import RowError
from holdfast.data.scores.numbers import number
from holdfast.data.sources import find_sources
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Names of the two responses: as people chose, or as the pair has them. The first that a row has is read.
_Names = dict[str, tuple[tuple[str, str], ...]]
_CHOSEN: _Names = {
    "reward": (
        ("reward_chosen", "reward_rejected"),
        ("rewards/chosen", "rewards/rejected"),
        ("chosen_reward", "rejected_reward"),
        ("rewards_chosen", "rewards_rejected"),
        ("score_chosen", "score_rejected"),
    ),
    "logp": (
        ("logp_chosen", "logp_rejected"),
        ("logps/chosen", "logps/rejected"),
        ("logps_chosen", "logps_rejected"),
        ("chosen_logps", "rejected_logps"),
    ),
    "reference": (
        ("ref_logp_chosen", "ref_logp_rejected"),
        ("ref_logps/chosen", "ref_logps/rejected"),
        ("ref_logps_chosen", "ref_logps_rejected"),
        ("ref_chosen_logps", "ref_rejected_logps"),
        ("reference_chosen_logps", "reference_rejected_logps"),
    ),
    "voice": (("voice_chosen", "voice_rejected"),),
    "text": (("chosen", "rejected"),),
}
_AB: _Names = {
    "reward": (("reward_a", "reward_b"),),
    "logp": (("logp_a", "logp_b"),),
    "reference": (("ref_logp_a", "ref_logp_b"),),
    "voice": (("voice_a", "voice_b"),),
    "text": (("response_a", "response_b"),),
}
_STEPS = ("step", "global_step")
_DO = (
    "A row is one pair at one step: pair_id, or prompt with chosen and rejected (or response_a and response_b); step; and "
    "reward_chosen and reward_rejected, or logp_chosen, logp_rejected, ref_logp_chosen, ref_logp_rejected and beta"
)


def read_rewards(source: Any, *, beta: float | None = None) -> RewardLog:
    """Read a log of rewards.

    Args:
        source: A path, several, or a list of dicts: one row for each pair and step. Names as TRL logs them (`rewards/chosen`,
            `logps/chosen`) are read as well; means over batches, which its own log holds, are not: they have no pairs.
        beta: Of the implicit reward, where rows do not give it.

    Raises:
        InputError: A row cannot be read, or there is none.

    >>> rows = [{"pair_id": "p", "logp_chosen": -9.0, "logp_rejected": -8.0, "ref_logp_chosen": -10.0, "ref_logp_rejected": -8.5}]
    >>> read_rewards(rows, beta=0.1).reward.round(2).tolist()
    [[0.1, 0.05]]
    """
    if beta is not None and not (beta > 0 and math.isfinite(beta)):
        raise InputError("beta lies above 0", where="--beta")
    kept: list[dict[str, Any]] = []
    places: list[str] = []
    with ExitStack() as stack:
        sources = find_sources(source, stack)
        for one in sources.items:
            for line, row in one.rows():
                place = f"{one.where}:{line}"
                if isinstance(row, RowError):
                    raise InputError(row.what, where=place, do=row.do)
                if not isinstance(row, dict):
                    raise InputError("a row is an object", where=place, do=_DO)
                kept.append(row)
                places.append(place)
        name, files = sources.name, sources.files
    if not kept:
        raise InputError("there is no row in it", where=name, do=_DO)
    return _log(kept, places, beta, name, files)


def _log(
    rows: list[dict[str, Any]], places: list[str], beta: float | None, name: str, files: tuple[str, ...]
) -> RewardLog:
    count = len(rows)
    tables = {key: np.full((count, 2), np.nan) for key in ("reward", "logp", "reference", "voice")}
    chosen, step, kl = np.zeros(count, bool), np.zeros(count), np.full(count, np.nan)
    ids: list[str | None] = []
    hashes: list[str | None] = []
    first: list[str | None] = []
    implicit = unscaled = False
    for at, (row, place) in enumerate(zip(rows, places, strict=True)):
        names = _names(row)
        if names is None:
            raise InputError("the row has no reward of both responses", where=place, do=_DO)
        chosen[at] = names is _CHOSEN
        for key, table in tables.items():
            table[at] = _two(row, names[key], place)
        if np.isnan(tables["reward"][at]).any():
            tables["reward"][at], scale = _implied(
                row, tables["logp"][at], tables["reference"][at], beta, place
            )
            implicit, unscaled = True, unscaled or scale is None
        step[at] = next((_number(row, key, place) for key in _STEPS if row.get(key) is not None), 0.0)
        kl[at] = _number(row, "kl", place) if row.get("kl") is not None else np.nan
        given = row.get("pair_id")
        texts = _texts(row, names)
        ids.append(None if given is None else str(given))
        hashes.append(None if texts is None else _hash(row, texts, place))
        first.append(None if texts is None else texts[0].strip())
        if ids[-1] is None and hashes[-1] is None:
            raise InputError("the row does not say which pair it is of", where=place, do=_DO)
    notes = []
    if unscaled:
        notes.append(
            "No beta was given: implicit rewards are in nats, beta = 1; accuracies do not depend on it."
        )
    return RewardLog(
        pair_id=tuple(ids),
        pair_hash=tuple(hashes),
        first=tuple(first),
        chosen=chosen,
        step=step,
        kl=kl,
        implicit=implicit,
        name=name,
        files=files,
        notes=tuple(notes),
        **tables,
    )


def _names(row: Mapping[str, Any]) -> _Names | None:
    """Under which names a row gives its two responses."""
    for names in (_CHOSEN, _AB):
        for key in ("reward", "logp"):
            if any(row.get(one) is not None and row.get(other) is not None for one, other in names[key]):
                return names
    return None


def _two(row: Mapping[str, Any], names: tuple[tuple[str, str], ...], place: str) -> tuple[float, float]:
    for one, other in names:
        if row.get(one) is not None and row.get(other) is not None:
            return _number(row, one, place), _number(row, other, place)
    return float("nan"), float("nan")


def _number(row: Mapping[str, Any], key: str, place: str) -> float:
    found = number(row[key])
    if found is None:
        raise InputError(f"{key} is no finite number: {str(row[key])[:40]!r}", where=place)
    return found


def _implied(
    row: Mapping[str, Any], logp: Any, reference: Any, beta: float | None, place: str
) -> tuple[Any, float | None]:
    """beta (log p - log p of the reference), after Rafailov et al. 2023, arXiv:2305.18290, section 4."""
    if np.isnan(logp).any() or np.isnan(reference).any():
        raise InputError(
            "the row has neither rewards nor log probabilities under both models", where=place, do=_DO
        )
    scale = _number(row, "beta", place) if row.get("beta") is not None else beta
    return (1.0 if scale is None else scale) * (logp - reference), scale


def _texts(
    row: Mapping[str, Any], names: Mapping[str, tuple[tuple[str, str], ...]]
) -> tuple[str, str] | None:
    for one, other in (*names["text"], *_CHOSEN["text"], *_AB["text"]):
        if isinstance(row.get(one), str) and isinstance(row.get(other), str):
            return row[one], row[other]
    return None


def _hash(row: Mapping[str, Any], texts: tuple[str, str], place: str) -> str:
    prompt = row.get("prompt")
    try:
        return identify(prompt if isinstance(prompt, str) else None, *texts).pair_hash
    except UnicodeEncodeError as error:
        raise InputError(
            "half of a surrogate pair stands alone, which is no character", where=place
        ) from error
