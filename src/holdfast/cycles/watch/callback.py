"""The watch as a callback of transformers: when it looks, what it tells the trainer, and how it survives a checkpoint.

Scoring happens in every process of a distributed training, since a model whose weights are spread over them answers only to all; the
first process logs, writes and decides.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.backends.models.in_training import read_in_training, score_in_training
from holdfast.cycles.watch.log import append, looks_in, open_log
from holdfast.cycles.watch.watch import Costs, Look, Watch, flat_rates
from holdfast.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from holdfast.backends.models.torch_scoring import Reader
    from holdfast.measures.model.rates import Rate

_LOOKS = 10
_NAME = "TailCallback"
_said = logging.getLogger("holdfast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a training is watched; see `tail_callback`."""

    every: int | str | None
    stop: bool
    after: float
    log: str | Path | None
    tokenizer: Any
    batch: int


@dataclass(slots=True, kw_only=True)
class _Running:
    """What a watch holds on to while a training runs, whichever object the trainer calls."""

    watch: Watch
    settings: Settings
    trainer: Any = None
    reader: Reader | None = None
    log: Path | None = None
    every: int | None = None
    seconds: float = 0.0
    looks: list[Look] = field(default_factory=list)


class _Events:
    """The events of a training that are acted upon."""

    def __init__(self, running: _Running) -> None:
        self._running = running

    @property
    def looks(self) -> tuple[Look, ...]:
        """What was found, look by look, since the training began or was resumed."""
        return tuple(self._running.looks)

    @property
    def seconds(self) -> float:
        """Seconds spent looking, since the training began or was resumed."""
        return self._running.seconds

    def join(self, trainer: Any) -> None:
        """Joins a trainer, so that figures reach whatever it reports to.

        Raises:
            UsageError: It is no trainer of transformers.
        """
        from transformers import Trainer

        if not isinstance(trainer, Trainer):
            raise UsageError(
                "is no trainer of transformers", where="trainer", do="Leave it out, and use callbacks=[...]"
            )
        self._running.trainer = trainer
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)

    def on_train_begin(self, _args: Any, state: Any, control: Any, **given: Any) -> Any:
        """Takes the yardstick, or goes on where a checkpoint was."""
        running, watch = self._running, self._running.watch
        running.looks.clear()
        running.seconds = 0.0
        if isinstance(running.settings.every, int):
            running.every = running.settings.every
        elif running.settings.every is None:
            running.every = max(1, math.ceil(state.max_steps / _LOOKS))
        running.log = None
        if running.settings.log is not None and state.is_world_process_zero:
            running.log = open_log(running.settings.log)
        begun = time.perf_counter()
        running.reader = read_in_training(
            given["model"],
            running.settings.tokenizer or given.get("processing_class"),
            batch=running.settings.batch,
        )
        if state.global_step > 0 and self._restored(state):
            if running.log is not None:
                watch.taken = max(watch.taken, looks_in(running.log, watch.rows.digest))
            self._write("resumed", {"step": state.global_step, "looks": watch.taken})
            running.seconds += time.perf_counter() - begun
            return control
        before = watch.begin(self._read(state.global_step))
        running.seconds += time.perf_counter() - begun
        self._tell(state, control, flat_rates(before))
        self._write("start", self._opening(state.global_step, before))
        return control

    def on_step_end(self, _args: Any, state: Any, control: Any, **_given: Any) -> Any:
        """Looks every so many steps, and after the last one."""
        every = self._running.every
        if every is not None and (state.global_step % every == 0 or state.global_step >= state.max_steps):
            self._look(state, control)
        return control

    def on_epoch_end(self, _args: Any, state: Any, control: Any, **_given: Any) -> Any:
        """Looks after an epoch."""
        if self._running.settings.every == "epoch":
            self._look(state, control)
        return control

    def on_evaluate(
        self, _args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **_given: Any
    ) -> Any:
        """Looks after an evaluation; its metrics get the figures, so that the best model can be chosen by them."""
        if self._running.settings.every == "evaluation" and self._running.reader is not None:
            look = self._look(state, control)
            if metrics is not None and look is not None:
                metrics |= {f"eval_{name}": value for name, value in look.figures().items()}
        return control

    def on_train_end(self, _args: Any, _state: Any, control: Any, **_given: Any) -> Any:
        """Lets go of the model."""
        self._running.reader = None
        return control

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"args": {}, "attributes": {"kept": self._running.watch.state()}}

    def _restored(self, state: Any) -> bool:
        """Goes on where the checkpoint was, which has several states where several callbacks watch."""
        kept = state.stateful_callbacks.get(_NAME) or []
        return any(
            self._running.watch.restore(one.get("attributes", {}).get("kept", {}))
            for one in (kept if isinstance(kept, list) else [kept])
        )

    def _look(self, state: Any, control: Any) -> Look | None:
        running = self._running
        if running.watch.begun_at == state.global_step:
            return None  # an evaluation before the first step: it would be held against itself
        begun, look = time.perf_counter(), None
        try:
            look = running.watch.look(self._read(state.global_step))
        except InputError as error:
            # Out of memory, or numbers that are not finite: nothing is known, and hours of training are not thrown away for it.
            _said.warning("holdfast could not look at step %s: %s", state.global_step, error)
            self._write("broke", {"step": state.global_step, "error": str(error)})
        seconds = time.perf_counter() - begun
        running.seconds += seconds
        if look is not None:
            running.looks.append(look)
            self._tell(state, control, look.figures())
            self._write("look", _plain(look, state.epoch, seconds))
        failed = _agreed(look is not None and look.failed, running.reader)
        ripe = state.global_step >= running.settings.after * state.max_steps
        if failed and running.settings.stop and ripe:
            sentence = look.verdict.sentence if look is not None and look.verdict is not None else ""
            if state.is_world_process_zero:
                _said.warning("holdfast stops the training at step %s. %s", state.global_step, sentence)
            control.should_training_stop = True
        return look

    def _read(self, step: int) -> Costs:
        running = self._running
        if running.reader is None:
            raise ValueError("no training has begun")
        found = score_in_training(running.reader, running.watch.rows.texts)
        return Costs(step=step, bits=found.row_bits, bytes=found.bytes)

    def _tell(self, state: Any, control: Any, figures: dict[str, float]) -> None:
        trainer = self._running.trainer
        if trainer is None:
            if state.is_world_process_zero:
                state.log_history.append({**figures, "epoch": state.epoch, "step": state.global_step})
            return
        from transformers import Trainer

        # Logging takes back the wish to log, which is for the trainer's own figures.
        wanted = control.should_log
        # Not the trainer's own method: that of TRL adds the means of its metrics, and begins them anew.
        Trainer.log(trainer, figures)
        control.should_log = wanted

    def _write(self, kind: str, body: Mapping[str, Any]) -> None:
        if self._running.log is None:
            return
        try:
            append(self._running.log, kind, body)
        except OutputError as error:
            _said.warning("holdfast could not write down what it saw: %s", error)

    def _opening(self, step: int, rates: Mapping[str, Rate]) -> dict[str, Any]:
        rows, rule = self._running.watch.rows, self._running.watch.rule
        return {
            "step": step,
            "rows": rows.name,
            "digest": rows.digest,
            "sizes": rows.sizes(),
            "unbanded": rows.unbanded,
            "margin": dict(rule.margin),
            "alpha": rule.alpha,
            "against": rule.against,
            "bits_per_byte": {name: rate.value for name, rate in rates.items()},
        }


def make_callback(watch: Watch, settings: Settings) -> Any:
    """A callback of a class of its own: a trainer that restores callbacks makes a new one of the class, without arguments."""
    from transformers import TrainerCallback
    from transformers.trainer_callback import ExportableState

    running = _Running(watch=watch, settings=settings)

    class TailCallback(_Events, TrainerCallback, ExportableState):  # type: ignore[misc]
        """Reads real rows while a model is trained."""

        def __init__(self) -> None:
            super().__init__(running)

    return TailCallback()


def _agreed(failed: bool, reader: Reader | None) -> bool:  # noqa: FBT001
    """What the first process found: processes that disagreed would wait for each other for ever."""
    import torch

    shared = torch.distributed
    if not shared.is_available() or not shared.is_initialized() or shared.get_world_size() < 2:
        return failed
    flag = torch.tensor([int(failed)], device=reader.device if reader else "cpu")
    shared.broadcast(flag, src=0)
    return bool(flag.item())


def _plain(look: Look, epoch: float | None, seconds: float) -> dict[str, Any]:
    return {
        "number": look.number,
        "step": look.step,
        "epoch": epoch,
        "against": look.against,
        "level": look.level,
        "verdict": look.verdict.verdict if look.verdict else None,
        "sentence": look.verdict.sentence if look.verdict else None,
        "bits_per_byte": {name: rate.value for name, rate in look.rates.items()},
        "losses": [
            {
                "name": loss.band,
                "rows": loss.rows,
                "loss": loss.loss,
                "standard_error": loss.standard_error,
                "reason": loss.reason,
            }
            for loss in look.losses
        ],
        "findings": list(look.verdict.findings) if look.verdict else [],
        "seconds": seconds,
    }
