"""A small transformer as a learner: the kind of model that the question is about, small enough to train in minutes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.lab.learners import network
from holdfast.lab.learners.alphabet import END, UNKNOWN, Alphabet, Unit
from holdfast.lab.learners.drawing import check, draw
from holdfast.lab.learners.torch_setting import need_torch, pick_device, steady
from holdfast.lab.speaker import draw_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.lab.learners.learner import Decoding

_IGNORED = -100  # a place whose unit is not asked for
_WARM = 0.05  # share of the steps in which the rate rises
_LAST = 0.1  # the rate at the end, of the highest
_TOLD, _WEIGHTS = "transformer.json", "weights.npz"
_TOGETHER = 256  # texts that are written or read at once
_POOL = 32  # batches whose windows are sorted by length together: less is filled up, and batches stay mixed


def _quiet(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerLearner:
    """A decoder-only transformer, trained from its beginning with AdamW; a label is a unit that leads the text.

    On the CPU the same rows, seed and number of threads give the same bytes, on one kind of processor and one version of torch. On a
    GPU, which is used where there is one, they give about the same model.

    Attributes:
        width: Numbers that stand for a unit.
        depth: Layers.
        heads: Heads of each layer's attention.
        context: Units it sees at once, and the most that it writes.
        unit: What a text is cut into.
        units: Units that are known whether or not the training texts hold them.
        epochs: Times it reads every text.
        most_steps: Steps after which it stops all the same; None: no end but the epochs'.
        batch: Texts of one step.
        rate: Highest rate of learning; it rises over the first steps and falls along a cosine.
        decay: Weight decay of the matrices.
        threads: Threads of the CPU.
        device: `cpu` or `cuda`; None: the GPU where there is one.
    """

    width: int = 128
    depth: int = 5
    heads: int = 4
    context: int = 256
    unit: Unit = "bytes"
    units: tuple[str, ...] = ()
    epochs: int = 4
    most_steps: int | None = None
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.1
    threads: int = 1
    device: str | None = None

    @property
    def name(self) -> str:
        """What tables call it.

        >>> TransformerLearner().name
        'transformer 5x128 on bytes, 4 epochs of batches of 32 at rate 0.002, decay 0.1, context 256'
        """
        limit = "" if self.most_steps is None else f" or {self.most_steps:,} steps"
        return (
            f"transformer {self.depth}x{self.width} on {self.unit}, {self.epochs} epochs{limit} of batches of {self.batch}"
            f" at rate {self.rate:g}, decay {self.decay:g}, context {self.context}"
        )

    def train(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None,
        *,
        seed: int,
        progress: Callable[[str], None] = _quiet,
    ) -> TrainedTransformer:
        """Trains one; see `Learner.train`."""
        torch = need_torch("a transformer")
        if self.width % self.heads:
            raise UsageError("the width must be a multiple of the heads", where=f"width={self.width}")
        if labels is not None and len(labels) != len(texts):
            raise UsageError(f"{len(texts)} texts came with {len(labels)} labels", where="labels")
        kept = [at for at, text in enumerate(texts) if text.strip()]
        if not kept:
            raise InputError("there is no text to train on", where="texts")
        counts = Counter(labels[at] for at in kept) if labels is not None else Counter[str]()
        alphabet = Alphabet.of(
            (texts[at] for at in kept), unit=self.unit, leads=max(len(counts), 1), known=self.units
        )
        device = pick_device(self.device)
        shape = network.Shape(
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            context=self.context,
            alphabet=len(alphabet),
        )
        with steady(device, self.threads):
            generator = torch.Generator().manual_seed(seed)
            weights = {name: one.to(device) for name, one in network.start(shape, generator).items()}
            trained = TrainedTransformer(
                weights=weights,
                shape=shape,
                alphabet=alphabet,
                labels=dict(counts),
                threads=self.threads,
            )
            windows = [
                window
                for at in kept
                for window in trained.windows(texts[at], labels[at] if labels else "", self.context)
            ]
            self._fit(trained, windows, np.random.default_rng(seed), progress)
        return trained

    def open(self, folder: Path) -> TrainedTransformer:
        """A model that `TrainedTransformer.save` kept.

        Raises:
            InputError: It cannot be read.
            MissingExtra: torch is not installed.
        """
        torch = need_torch("a transformer")
        try:
            told = msgspec.json.decode((folder / _TOLD).read_bytes())
            with np.load(folder / _WEIGHTS, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise InputError(f"the model cannot be read: {error}", where=str(folder)) from error
        device = pick_device(self.device)
        return TrainedTransformer(
            weights={name: torch.from_numpy(one).to(device) for name, one in found.items()},
            shape=network.Shape(**told["shape"]),
            alphabet=Alphabet.of((), unit=told["unit"], leads=told["leads"], known=told["units"]),
            labels=dict(told["labels"]),
            threads=self.threads,
        )

    def _fit(
        self,
        trained: TrainedTransformer,
        windows: list[_Window],
        rng: np.random.Generator,
        progress: Callable[[str], None],
    ) -> None:
        import torch
        from torch.nn import functional

        for one in trained.weights.values():
            one.requires_grad_(True)
        matrices = [one for one in trained.weights.values() if one.dim() > 1]
        norms = [one for one in trained.weights.values() if one.dim() == 1]
        optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": self.decay}, {"params": norms, "weight_decay": 0.0}],
            lr=self.rate,
            betas=(0.9, 0.95),
        )
        steps = self.epochs * math.ceil(len(windows) / self.batch)
        steps = steps if self.most_steps is None else min(steps, self.most_steps)
        losses: list[float] = []
        for step, batch in zip(range(steps), self._batches(windows, rng), strict=False):
            for group in optimiser.param_groups:
                group["lr"] = self.rate * _slope(step, steps)
            units, wanted = trained.stack([windows[at] for at in batch])
            logits, _ = network.read(trained.weights, trained.shape, units)
            loss = functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*matrices, *norms], 1.0)
            optimiser.step()
            losses.append(float(loss.detach()))
            if (step + 1) % max(steps // self.epochs, 1) == 0 or step + 1 == steps:
                recent = np.mean(losses[-max(steps // self.epochs, 1) :]) / math.log(2)
                progress(f"{step + 1:,} of {steps:,} steps, {recent:.3f} bits per unit")
        for one in trained.weights.values():
            one.requires_grad_(False)

    def _batches(self, windows: list[_Window], rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        """Places of the windows of each step, epoch after epoch without end."""
        lengths = np.array([len(window.units) for window in windows])
        while True:
            order = rng.permutation(len(windows))
            batches: list[NDArray[np.int64]] = []
            for first in range(0, len(order), self.batch * _POOL):
                pool = order[first : first + self.batch * _POOL]
                pool = pool[np.argsort(lengths[pool], kind="stable")]
                batches += [pool[at : at + self.batch] for at in range(0, len(pool), self.batch)]
            for at in rng.permutation(len(batches)):
                yield batches[at]


def _slope(step: int, steps: int) -> float:
    """Rate of a step, of the highest: up along a line, down along a cosine."""
    warm = max(int(_WARM * steps), 1)
    if step < warm:
        return (step + 1) / warm
    return _LAST + (1 - _LAST) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a text that is read at once.

    Attributes:
        units: What is read.
        wanted: What follows each of them.
        asked: From which place on what follows is asked for; the part before was asked for in another window.
    """

    units: list[int]
    wanted: list[int]
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedTransformer:
    """A transformer that was trained.

    Attributes:
        weights: Tensors by name.
        shape: How large it is.
        alphabet: What it reads and writes.
        labels: Training rows of each label; empty where it was trained without.
        threads: Threads of the CPU.
    """

    weights: network.Weights
    shape: network.Shape
    alphabet: Alphabet
    labels: Mapping[str, int]
    threads: int

    @property
    def device(self) -> str:
        """Where it lies."""
        return str(self.weights["norm"].device.type)

    def save(self, folder: Path) -> None:
        """Keeps it in a folder, as plain numbers: nothing that is opened later is run."""
        told = {
            "shape": asdict(self.shape),
            "unit": self.alphabet.unit,
            "leads": self.alphabet.leads,
            "units": [] if self.alphabet.unit == "bytes" else list(self.alphabet.units),
            "labels": list(self.labels.items()),
        }
        (folder / _TOLD).write_bytes(msgspec.json.encode(told))
        np.savez(
            folder / _WEIGHTS, **{name: one.detach().cpu().numpy() for name, one in self.weights.items()}
        )

    def windows(self, text: str, label: str, stride: int) -> Iterator[_Window]:
        """A text in parts that fit the context, each `stride` units after the last."""
        places = {name: at for at, name in enumerate(self.labels)}
        lead = self.alphabet.lead(places.get(label, -1) if self.labels else 0)
        units = [lead, *self.alphabet.encode(text), END]
        context = self.shape.context
        asked = 0
        for first in range(0, len(units) - 1, stride):
            last = min(first + context, len(units) - 1)
            yield _Window(units[first:last], units[first + 1 : last + 1], asked - first)
            asked = last
            if last == len(units) - 1:
                return

    def stack(self, windows: Sequence[_Window]) -> tuple[Any, Any]:
        """What is read and what follows, int64 [windows, units] each; shorter ones are filled up behind."""
        import torch

        longest = max(len(window.units) for window in windows)
        units = np.full((len(windows), longest), END, dtype=np.int64)
        wanted = np.full((len(windows), longest), _IGNORED, dtype=np.int64)
        for row, window in enumerate(windows):
            units[row, : len(window.units)] = window.units
            wanted[row, window.asked : len(window.wanted)] = window.wanted[window.asked :]
        return torch.from_numpy(units).to(self.device), torch.from_numpy(wanted).to(self.device)

    def bits(self, texts: Sequence[str], labels: Sequence[str] | None) -> NDArray[np.float64]:
        """float64 [n], what each text costs; see `Trained.bits`. What is longer than the context is read in halves of it."""
        import torch
        from torch.nn import functional

        if self.labels and (labels is None or len(labels) != len(texts)):
            raise UsageError("a model that was trained with labels reads with labels", where="labels")
        parts = [
            (at, window)
            for at, text in enumerate(texts)
            for window in self.windows(
                text, labels[at] if self.labels and labels else "", max(self.shape.context // 2, 1)
            )
        ]
        parts.sort(key=lambda part: len(part[1].units))
        found = np.zeros(len(texts))
        with steady(self.device, self.threads), torch.no_grad():
            for first in range(0, len(parts), _TOGETHER):
                some = parts[first : first + _TOGETHER]
                units, wanted = self.stack([window for _, window in some])
                logits, _ = network.read(self.weights, self.shape, units)
                costs = functional.cross_entropy(
                    logits.flatten(0, 1).double(),
                    wanted.flatten(),
                    ignore_index=_IGNORED,
                    reduction="none",
                )
                sums = costs.view(wanted.shape).sum(dim=1).cpu().numpy() / math.log(2)
                np.add.at(found, [at for at, _ in some], sums)
        return found

    def write(
        self,
        count: int,
        *,
        decoding: Decoding,
        rng: np.random.Generator,
        label_shares: Mapping[str, float] | None = None,
    ) -> list[tuple[str, str]]:
        """Writes rows; see `Trained.write`.

        Raises:
            UsageError: Labels are asked for and it was trained without, or has read none of those asked for; or the decoding lies
                outside its range.
        """
        check(decoding)
        names = [*self.labels] or [""]
        if label_shares is not None and not self.labels:
            raise UsageError(
                "a model that was trained without labels cannot be asked for any", where="label_shares"
            )
        drawn = draw_labels(
            self.labels or {"": 1},
            count,
            rng=rng,
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            asked=label_shares,
        )
        texts: list[str] = []
        with steady(self.device, self.threads):
            for first in range(0, count, _TOGETHER):
                texts += self._write(drawn[first : first + _TOGETHER], decoding, rng)
        return [(names[label], text) for label, text in zip(drawn, texts, strict=True)]

    def _write(self, labels: list[int], decoding: Decoding, rng: np.random.Generator) -> list[str]:
        """One text under each label, all at once; a text that is finished leaves the batch."""
        import torch

        written: list[list[int]] = [[] for _ in labels]
        rows = np.arange(len(labels))
        units = torch.tensor([[self.alphabet.lead(label)] for label in labels], device=self.device)
        cache: network.Cache | None = None
        never = [UNKNOWN, *(self.alphabet.lead(label) for label in range(self.alphabet.leads))]
        with torch.no_grad():
            for place in range(self.shape.context):
                logits, cache = network.read(self.weights, self.shape, units, cache)
                logits = logits[:, -1]
                logits[:, never if place else [*never, END, *self.alphabet.blank]] = -math.inf
                next_units = draw(logits, rng.random(len(rows)), decoding)
                found = next_units.cpu().numpy()
                goes_on = found != END
                for row, unit in zip(rows[goes_on], found[goes_on], strict=True):
                    written[row].append(int(unit))
                if not goes_on.any():
                    break
                rows = rows[goes_on]
                units = next_units[:, None]
                if not goes_on.all():
                    kept = torch.from_numpy(np.flatnonzero(goes_on)).to(self.device)
                    units, cache = units[kept], network.keep_rows(cache, kept)
        return [self.alphabet.decode(units) for units in written]
