"""A small policy: a causal model of a hundred thousand weights or so over whole words, that learns, writes and says what a text costs it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.preferences.installed import need_models
from holdfast.lab.preferences.vocabulary import Vocabulary, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_BATCH = 512
"""Texts read or written at once where nothing is learnt; nothing depends on it but time."""
_POOL = 16
"""Batches of lessons that are sorted by length together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the policy is, and how it is first trained.

    Attributes:
        width: Numbers a word is held in.
        layers: Layers.
        heads: Heads of attention in each.
        epochs: How often the lessons of each stage are read.
        batch: Lessons a step.
        rate: Learning rate at its highest; it rises at the beginning and falls at the end.
        most_tokens: Longest answer written.
    """

    width: int = 64
    layers: int = 2
    heads: int = 4
    epochs: tuple[int, int] = (8, 4)
    batch: int = 64
    rate: float = 3e-3
    most_tokens: int = 90

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        if self.width % (2 * self.heads):
            raise UsageError("the width is a multiple of twice the heads", where="width")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A model and its words.

    Attributes:
        model: The model.
        words: Its vocabulary.
        most_tokens: Longest answer it writes.
    """

    model: Any
    words: Vocabulary
    most_tokens: int

    @property
    def weights(self) -> int:
        """How many there are."""
        return int(sum(each.numel() for each in self.model.parameters()))

    def copy(self) -> Policy:
        """One that can be tuned and leaves this as it is."""
        from copy import deepcopy

        return Policy(model=deepcopy(self.model), words=self.words, most_tokens=self.most_tokens)

    def write(self, prompts: Sequence[str], seed: int, *, temperature: float = 1.0) -> list[str]:
        """One answer to each prompt; the same prompts and seed give the same answers.

        Args:
            prompts: The prompts.
            seed: Of all draws.
            temperature: Probabilities are raised to its inverse.
        """
        import torch

        draws = torch.Generator().manual_seed(seed)
        lines = [self.words.ask(prompt) for prompt in prompts]
        found: list[str] = []
        self.model.eval()
        with one_thread(), torch.inference_mode():
            for start in range(0, len(lines), _BATCH):
                found += self._go_on(lines[start : start + _BATCH], draws, temperature)
        return found

    def _go_on(self, lines: list[list[int]], draws: Any, temperature: float) -> list[str]:
        """What is written after prompts that are filled up in front, where nobody looks."""
        import torch

        longest = max(len(line) for line in lines)
        read = torch.tensor([[self.words.pad] * (longest - len(line)) + line for line in lines])
        looks = torch.tensor([[0] * (longest - len(line)) + [1] * len(line) for line in lines])
        written: list[list[int]] = [[] for _ in lines]
        rows = np.arange(len(lines))
        memory: Any = None
        for _ in range(self.most_tokens):
            place = (looks.cumsum(1) - 1).clamp(min=0)[:, -read.shape[1] :]
            said = self.model(
                input_ids=read,
                attention_mask=looks,
                position_ids=place,
                past_key_values=memory,
                use_cache=True,
            )
            memory = said.past_key_values
            shares = (said.logits[:, -1].double() / temperature).softmax(-1)
            chosen = torch.multinomial(shares, 1, generator=draws)
            going = torch.nonzero(chosen[:, 0] != self.words.end)[:, 0]
            if not len(going):
                break
            # Rows that have ended are read no further.
            if len(going) < len(rows):
                memory.batch_select_indices(going)
                chosen, looks, rows = chosen[going], looks[going], rows[going.numpy()]
            for row, token in zip(rows.tolist(), chosen[:, 0].tolist(), strict=True):
                written[row].append(token)
            read, looks = chosen, torch.cat([looks, torch.ones_like(chosen)], 1)
        return [self.words.decode(row) for row in written]

    def log_likelihood(self, prompts: Sequence[str], answers: Sequence[str]) -> NDArray[np.float64]:
        """float64 [n], log probability of each answer and its end, given its prompt."""
        import torch

        rows = [spell(self.words, prompt, answer) for prompt, answer in zip(prompts, answers, strict=True)]
        found = np.zeros(len(rows))
        order = sorted(range(len(rows)), key=lambda at: len(rows[at][0]))
        self.model.eval()
        with one_thread(), torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                part = order[start : start + _BATCH]
                found[part] = (
                    answer_logs(self.model, [rows[at] for at in part], self.words.pad).double().numpy()
                )
        return found


Spelt = tuple[list[int], int]
"""The numbers of a prompt and its answer, and where the answer begins."""


def spell(words: Vocabulary, prompt: str, answer: str) -> Spelt:
    """A prompt, its answer and its end, as the model reads them."""
    asked = words.ask(prompt)
    return [*asked, *words.encode(answer), words.end], len(asked)


def answer_logs(model: Any, rows: Sequence[Spelt], pad: int) -> Any:
    """Log probability of each answer, a tensor [n]; filled up at the end, which no word before it sees."""
    import torch

    most = max(len(line) for line, _ in rows)
    read = torch.full((len(rows), most), pad)
    asked = torch.zeros((len(rows), most), dtype=torch.bool)
    for at, (line, begin) in enumerate(rows):
        read[at, : len(line)] = torch.tensor(line)
        asked[at, begin : len(line)] = True
    logits = model(input_ids=read, use_cache=False).logits[:, :-1].float()
    logs = torch.gather(logits.log_softmax(-1), 2, read[:, 1:, None])[..., 0]
    return (logs * asked[:, 1:]).sum(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread of torch: sums in one order, so that the same seed gives the same bytes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def teach(stages: Sequence[Sequence[tuple[str, str]]], texts: Sequence[str], size: Size, seed: int) -> Policy:
    """Train a policy from its beginning on prompts with answers.

    Args:
        stages: Prompts with answers, stage after stage: each is read for as many epochs as the size says.
        texts: Every word it may ever meet.
        size: How large it is, and how it is trained.
        seed: Of its first weights and the order of lessons.

    Raises:
        MissingExtra: torch or transformers is not installed.
    """
    need_models()
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = read_vocabulary(texts)
    spelt = [[spell(words, prompt, answer) for prompt, answer in lessons] for lessons in stages]
    rng = np.random.default_rng([seed, 2])
    batches = [
        batch
        for rows, epochs in zip(spelt, size.epochs, strict=True)
        for _ in range(epochs)
        for batch in _batches(rows, size.batch, rng)
    ]
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(words),
                hidden_size=size.width,
                intermediate_size=3 * size.width,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                max_position_embeddings=max(len(line) for rows in spelt for line, _ in rows)
                + size.most_tokens,
                tie_word_embeddings=True,
                pad_token_id=words.pad,
                bos_token_id=None,
                eos_token_id=words.end,
            )
        )
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=size.rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / len(batches)))
        for batch in batches:
            count = sum(len(line) - begin for line, begin in batch)
            loss = -answer_logs(model, batch, words.pad).sum() / count
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return Policy(model=model, words=words, most_tokens=size.most_tokens)


def _rate(done: float) -> float:
    """Share of the highest rate: up over a twentieth of the way, down to 0 over the last fifth."""
    return min(done / 0.05 + 0.02, 1.0, (1.0 - done) / 0.2)


def _batches(rows: Sequence[Spelt], size: int, rng: np.random.Generator) -> list[list[Spelt]]:
    """All rows once, those of like length together, so that little is filled up; batches in a drawn order."""
    drawn = rng.permutation(len(rows))
    pools = [drawn[start : start + _POOL * size] for start in range(0, len(rows), _POOL * size)]
    order = [int(at) for pool in pools for at in sorted(pool, key=lambda at: len(rows[at][0]))]
    cut = [[rows[at] for at in order[start : start + size]] for start in range(0, len(rows), size)]
    return [cut[int(at)] for at in rng.permutation(len(cut))]
