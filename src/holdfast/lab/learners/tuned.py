"""A language model of the user's as a learner: tuned by LoRA on what it is to learn from, anew each time."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.backends.quiet import quiet
from holdfast.errors import InputError, MissingExtra, UsageError
from holdfast.lab.learners.drawing import check, draw
from holdfast.lab.learners.torch_setting import need_torch, pick_device, steady
from holdfast.lab.speaker import draw_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.lab.learners.learner import Decoding

_IGNORED = -100  # a place whose token is not asked for
_ADAPTER, _LABELS = "adapter", "labels.json"
_TOGETHER = 64  # texts that are written at once
_WARM = 0.05  # share of the steps in which the rate rises


def _quiet(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedLearner:
    """A causal language model in a local folder, tuned by low-rank adapters; nothing is downloaded, and the folder is not changed.

    Every training begins at the folder's model: what one generation learnt, the next one learns from its texts alone. A label stands before
    the text, on a line of its own, and is not learnt. A GPU is used where there is one; on the CPU the same seed gives the same bytes, and
    it is slow.

    Attributes:
        folder: Of a Hugging Face model and its tokenizer.
        rank: Of the adapters.
        alpha: Their scale, over the rank.
        epochs: Times it reads every text.
        batch: Texts of one step.
        rate: Highest rate of learning; it rises over the first steps and falls along a line.
        most_tokens: A training text is cut off there, and a written one.
        threads: Threads of the CPU.
        device: `cpu` or `cuda`; None: the GPU where there is one.

    Source:
        Hu et al. 2022 (LoRA), arXiv:2106.09685.
    """

    folder: str
    rank: int = 8
    alpha: int = 16
    epochs: int = 3
    batch: int = 8
    rate: float = 1e-3
    most_tokens: int = 256
    threads: int = 1
    device: str | None = None

    @property
    def name(self) -> str:
        """What tables call it; of the folder only its own name.

        >>> TunedLearner(folder="models/tiny").name
        'tiny tuned by LoRA of rank 8 and alpha 16, 3 epochs of batches of 8 at rate 0.001'
        """
        return (
            f"{Path(self.folder).name} tuned by LoRA of rank {self.rank} and alpha {self.alpha}, {self.epochs} epochs of batches of "
            f"{self.batch} at rate {self.rate:g}"
        )

    def train(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None,
        *,
        seed: int,
        progress: Callable[[str], None] = _quiet,
    ) -> TrainedTuned:
        """Tunes the folder's model; see `Learner.train`.

        Raises:
            MissingExtra: torch, transformers or peft is not installed.
            InputError: There is no text, or the folder holds no model that can be used.
        """
        torch = need_torch("tuning a model", extra="tuning")
        if labels is not None and len(labels) != len(texts):
            raise UsageError(f"{len(texts)} texts came with {len(labels)} labels", where="labels")
        kept = [at for at, text in enumerate(texts) if text.strip()]
        if not kept:
            raise InputError("there is no text to train on", where="texts")
        device = pick_device(self.device)
        if device == "cpu":
            progress(
                "There is no GPU, or none is asked for: a model of a billion weights takes hours on the CPU"
            )
        model, tokenizer = _open(self.folder, device)
        with steady(device, self.threads), torch.random.fork_rng():
            torch.manual_seed(seed)  # peft draws its adapters from torch's own chance, which is given back
            trained = TrainedTuned(
                model=_adapted(model, self.rank, self.alpha),
                tokenizer=tokenizer,
                labels=dict(Counter(labels[at] for at in kept)) if labels is not None else {},
                most_tokens=self.most_tokens,
                threads=self.threads,
            )
            rows = []
            for at in kept:
                lead, rest = trained.spell(texts[at], labels[at] if labels is not None else "")
                rows.append((lead, rest[: self.most_tokens]))
            self._fit(trained, rows, np.random.default_rng(seed), progress)
        return trained

    def open(self, folder: Path) -> TrainedTuned:
        """A model that `TrainedTuned.save` kept: its adapters, on the model of this learner's folder.

        Raises:
            InputError: It cannot be read.
            MissingExtra: torch, transformers or peft is not installed.
        """
        need_torch("tuning a model", extra="tuning")
        model, tokenizer = _open(self.folder, pick_device(self.device))
        from peft import PeftModel

        try:
            labels = msgspec.json.decode((folder / _LABELS).read_bytes())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # as in `_adapted`
                adapted = PeftModel.from_pretrained(model, str(folder / _ADAPTER))
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise InputError(f"the adapters cannot be read: {error}", where=str(folder)) from error
        adapted.eval()
        return TrainedTuned(
            model=adapted,
            tokenizer=tokenizer,
            labels=dict(labels),
            most_tokens=self.most_tokens,
            threads=self.threads,
        )

    def _fit(
        self,
        trained: TrainedTuned,
        rows: list[tuple[list[int], list[int]]],
        rng: np.random.Generator,
        progress: Callable[[str], None],
    ) -> None:
        import torch

        learnt = [one for one in trained.model.parameters() if one.requires_grad]
        optimiser = torch.optim.AdamW(learnt, lr=self.rate, weight_decay=0.0)
        each = math.ceil(len(rows) / self.batch)
        steps, step = each * self.epochs, 0
        trained.model.train()
        for epoch in range(self.epochs):
            order = rng.permutation(len(rows))
            losses = []
            for first in range(0, len(rows), self.batch):
                warm = max(int(_WARM * steps), 1)
                slope = (step + 1) / warm if step < warm else (steps - step) / max(steps - warm, 1)
                for group in optimiser.param_groups:
                    group["lr"] = self.rate * slope
                costs, counts = trained.costs([rows[at] for at in order[first : first + self.batch]])
                loss = costs.sum() / counts.sum()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(learnt, 1.0)
                optimiser.step()
                losses.append(float(loss.detach()) / math.log(2))
                step += 1
            progress(f"epoch {epoch + 1} of {self.epochs}, {np.mean(losses):.3f} bits per token")
        trained.model.eval()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedTuned:
    """A model with its adapters.

    Attributes:
        model: Of peft.
        tokenizer: Of the folder.
        labels: Training rows of each label; empty where it was trained without.
        most_tokens: A written text is cut off there.
        threads: Threads of the CPU.
    """

    model: Any
    tokenizer: Any
    labels: Mapping[str, int]
    most_tokens: int
    threads: int

    @property
    def device(self) -> str:
        """Where it lies."""
        return str(self.model.device.type)

    def save(self, folder: Path) -> None:
        """Keeps the adapters in a folder; the model that they go with stays where it is."""
        with quiet():
            self.model.save_pretrained(str(folder / _ADAPTER))
        (folder / _LABELS).write_bytes(msgspec.json.encode(list(self.labels.items())))

    def spell(self, text: str, label: str) -> tuple[list[int], list[int]]:
        """Tokens that lead a text, and those of the text with its end."""
        return self.lead(label), [
            *self.tokenizer.encode(text, add_special_tokens=False),
            self.tokenizer.eos_token_id,
        ]

    def lead(self, label: str) -> list[int]:
        """Tokens before a text: a start, and the label where there are labels."""
        # Models without a token for the start read the end of the text before.
        start = self.tokenizer.bos_token_id
        start = self.tokenizer.eos_token_id if start is None else start
        spelt = self.tokenizer.encode(f"{label}\n", add_special_tokens=False) if self.labels else []
        return [start, *spelt]

    def costs(self, rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Any, Any]:
        """What each text costs in nats given its lead, and its tokens."""
        import torch
        from torch.nn import functional

        longest = max(len(lead) + len(rest) for lead, rest in rows)
        tokens = np.full((len(rows), longest), self.tokenizer.eos_token_id, dtype=np.int64)
        wanted = np.full((len(rows), longest), _IGNORED, dtype=np.int64)
        read = np.zeros((len(rows), longest), dtype=np.int64)
        for at, (lead, rest) in enumerate(rows):
            length = len(lead) + len(rest)
            tokens[at, :length] = [*lead, *rest]
            wanted[at, len(lead) : length] = rest
            read[at, :length] = 1
        given, asked, mask = (torch.from_numpy(one).to(self.device) for one in (tokens, wanted, read))
        logits = self.model(input_ids=given, attention_mask=mask).logits[:, :-1].float()
        costs = functional.cross_entropy(
            logits.flatten(0, 1), asked[:, 1:].flatten(), ignore_index=_IGNORED, reduction="none"
        )
        return costs.view(len(rows), -1).sum(dim=1), (asked != _IGNORED).sum(dim=1)

    def bits(self, texts: Sequence[str], labels: Sequence[str] | None) -> NDArray[np.float64]:
        """float64 [n], what each text costs; see `Trained.bits`. A label that was never read is read as it is spelt."""
        import torch

        if self.labels and (labels is None or len(labels) != len(texts)):
            raise UsageError("a model that was trained with labels reads with labels", where="labels")
        rows = [
            self.spell(text, labels[at] if self.labels and labels else "") for at, text in enumerate(texts)
        ]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at][1]))
        found = np.zeros(len(rows))
        with steady(self.device, self.threads), torch.no_grad():
            for first in range(0, len(order), _TOGETHER):
                some = order[first : first + _TOGETHER]
                costs, _ = self.costs([rows[at] for at in some])
                found[some] = costs.double().cpu().numpy() / math.log(2)
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
        if label_shares is not None and not self.labels:
            raise UsageError(
                "a model that was trained without labels cannot be asked for any", where="label_shares"
            )
        names = [*self.labels] or [""]
        drawn = np.array(
            draw_labels(
                self.labels or {"": 1},
                count,
                rng=rng,
                temperature=decoding.temperature,
                top_p=decoding.top_p,
                asked=label_shares,
            ),
            dtype=np.int64,
        )
        never = self._never()
        texts = [""] * count
        with steady(self.device, self.threads):
            # Rows of one label have one lead, so that nothing has to be filled up.
            for label in np.unique(drawn):
                rows = np.flatnonzero(drawn == label)
                for first in range(0, len(rows), _TOGETHER):
                    some = rows[first : first + _TOGETHER]
                    written = self._write(self.lead(names[label]), len(some), decoding, rng, never)
                    for row, text in zip(some, written, strict=True):
                        texts[row] = text
        return [(names[label], text) for label, text in zip(drawn, texts, strict=True)]

    def _never(self) -> tuple[list[int], list[int]]:
        """Tokens that are never written, and those that cannot begin a text, which might then be empty."""
        end = self.tokenizer.eos_token_id
        special = [token for token in self.tokenizer.all_special_ids if token != end]
        known = len(self.tokenizer)
        blank = [token for token in range(known) if not self.tokenizer.decode([token]).strip()]
        return special, [*special, end, *blank]

    def _write(
        self,
        lead: list[int],
        count: int,
        decoding: Decoding,
        rng: np.random.Generator,
        never: tuple[list[int], list[int]],
    ) -> list[str]:
        """So many texts after one lead, all at once; a text that is finished leaves the batch."""
        import torch

        written: list[list[int]] = [[] for _ in range(count)]
        rows = np.arange(count)
        tokens = torch.tensor([lead] * count, device=self.device)
        cache = None
        with torch.no_grad():
            for place in range(self.most_tokens):
                answer = self.model(input_ids=tokens, past_key_values=cache, use_cache=True)
                cache = answer.past_key_values
                # Some models have more outputs than their tokenizer has tokens.
                logits = answer.logits[:, -1, : len(self.tokenizer)].float()
                logits[:, never[0] if place else never[1]] = -math.inf
                drawn = draw(logits, rng.random(len(rows)), decoding)
                found = drawn.cpu().numpy()
                goes_on = found != self.tokenizer.eos_token_id
                for row, token in zip(rows[goes_on], found[goes_on], strict=True):
                    written[row].append(int(token))
                if not goes_on.any():
                    break
                rows = rows[goes_on]
                tokens = drawn[:, None]
                if not goes_on.all():
                    kept = torch.from_numpy(np.flatnonzero(goes_on)).to(self.device)
                    tokens = tokens[kept]
                    cache.batch_select_indices(kept)
        return [self.tokenizer.decode(tokens, skip_special_tokens=True) for tokens in written]


def _open(folder: str, device: str) -> tuple[Any, Any]:
    """Model and tokenizer of a folder."""
    if not (Path(folder) / "config.json").is_file():
        raise InputError(
            "there is no model in this folder",
            where=folder,
            do="Name a folder with config.json, weights and a tokenizer: nothing is downloaded",
        )
    try:
        import peft  # noqa: F401 - asked for here, so that the later import succeeds
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingExtra(
            f"tuning a model needs peft and transformers, and one is not there: {error}",
            do="Install them: pip install 'holdfast[tuning]'",
        ) from error
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, dtype="float32" if device == "cpu" else "auto"
            )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"the model cannot be opened: {error}", where=folder) from error
    if tokenizer.eos_token_id is None:
        raise InputError("the tokenizer knows no token for the end of a text", where=folder)
    return model.to(device), tokenizer


def _adapted(model: Any, rank: int, alpha: int) -> Any:
    """The model with adapters beside all its linear layers; its own weights stay as they are."""
    from peft import LoraConfig, get_peft_model

    with warnings.catch_warnings():
        # Between some versions of peft and transformers: the one asks the other under a name that will go.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(
            model,
            LoraConfig(
                r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
            ),
        )
