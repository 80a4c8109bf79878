"""Opening a watch: a callback for a trainer of transformers or TRL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from holdfast.errors import MissingExtra, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from holdfast.anchors import Anchor
    from holdfast.cycles.watch.watch import Against

_BATCH = 16
_Event = Literal["evaluation", "epoch"]


def tail_callback(
    *,
    anchor: str | Path | Anchor | None = None,
    part: str = "gold",
    rows: Any = None,
    label: str | None = None,
    margin: Mapping[str, float] | None = None,
    alpha: float = 0.05,
    against: Against = "start",
    every: int | _Event | None = None,
    stop: bool = True,
    after: float = 0.2,
    log: str | Path | None = None,
    tokenizer: Any = None,
    batch: int = _BATCH,
    trainer: Any = None,
) -> Any:
    """A callback that reads real rows between two steps of a training, by rarity, and stops it where their tail is surely lost.

    Args:
        anchor: A frozen anchor: its gold part is read, and it says how rare a stratum is.
        part: The anchor's part that is read; only `gold`, as the others judge.
        rows: A file or records to read instead, with a column of strata.
        label: The column of the strata in `rows`; found where it is not named.
        margin: Bits per byte that may be lost, overall and by band: `{"overall": 0.05, "rarest tenth": 0.1}`. Without one, nothing
            is judged and nothing stopped.
        alpha: Error rate over all looks at one training, however many.
        against: `start` for the model as it was before training, `best` for the best look so far.
        every: Steps between looks; `evaluation` or `epoch` for a look after each; ten looks, evenly, by default. The last step is
            looked at, too.
        stop: Whether the training stops when a loss surely exceeds its margin.
        after: Share of the planned steps before which nothing is stopped: a bump at the start is normal and passes. Looks are taken, judged and
            written down from the first.
        log: A file to which each look is appended as a line of JSON.
        tokenizer: The model's tokenizer; that of the trainer by default.
        batch: Most texts read at once.
        trainer: The trainer to join. With it, figures reach whatever the trainer reports to; a callback that is only handed over in
            `callbacks=[...]` is given no way to do so, and writes them into `state.log_history` and the log.

    Returns:
        A `transformers.TrainerCallback`; its `looks` are what it found in this process.

    Raises:
        MissingExtra: transformers or torch is not installed.
        UsageError: A parameter that does not fit, or a part that judges.
        InputError: Rows that cannot be read, or that judge.
        AnchorError: An anchor that cannot be used.
    """
    try:
        import torch  # noqa: F401 - asked for here, so that every later import succeeds
        import transformers  # noqa: F401 - the same
    except ImportError as error:
        raise MissingExtra(
            f"watching a training needs transformers and torch, and one is not there: {error}",
            do="Install them: pip install 'holdfast[models]'",
        ) from error
    from holdfast.cycles.watch.callback import Settings, make_callback
    from holdfast.cycles.watch.rows import read_steering
    from holdfast.cycles.watch.watch import Rule, Watch

    if isinstance(every, str) and every not in get_args(_Event):
        raise unknown("moment to look at", every, list(get_args(_Event)))
    if every is not None and not isinstance(every, str) and every < 1:
        raise UsageError("at least one step lies between two looks", where="every", do="For example 100")
    if not 0 <= after < 1:
        raise UsageError("the share of steps lies between 0 and 1", where="after", do="For example 0.2")
    if batch < 1:
        raise UsageError("at least one text is read at once", where="batch", do="For example 16")
    watch = Watch(
        read_steering(anchor, part, rows, label),
        Rule(margin=dict(margin or {}), alpha=alpha, against=against),
    )
    callback = make_callback(
        watch,
        Settings(every=every, stop=stop, after=after, log=log, tokenizer=tokenizer, batch=batch),
    )
    if trainer is not None:
        callback.join(trainer)
    return callback
