"""Tuning on preferences: direct preference optimisation, written out in torch, or by TRL's trainer on the very same batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from holdfast.errors import InputError
from holdfast.lab.preferences.installed import need_trl
from holdfast.lab.preferences.policy import Policy, answer_logs, one_thread, spell

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """What is learnt from: of two answers to a prompt, which was preferred."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How long and how strongly is tuned; every arm is tuned for as many steps, however many labels it has.

    Attributes:
        steps: Steps.
        batch: Labels a step.
        beta: How strongly the policy is held to what it was.
        rate: Learning rate, the same at every step.
        most_norm: Gradients longer than that are shortened to it.
    """

    steps: int = 30
    batch: int = 32
    beta: float = 0.1
    rate: float = 2e-4
    most_norm: float = 1.0

    def batches(self, count: int, rng: np.random.Generator) -> list[list[int]]:
        """Which of so many labels are read at each step: all of them once, in a drawn order, before any is read again.

        >>> [sorted(one) for one in Course(steps=2, batch=3).batches(3, np.random.default_rng(0))]
        [[0, 1, 2], [0, 1, 2]]
        """
        needed = self.steps * self.batch
        order = np.concatenate([rng.permutation(count) for _ in range(-(-needed // count))])
        return [
            [int(at) for at in order[step * self.batch : (step + 1) * self.batch]]
            for step in range(self.steps)
        ]


class Tuner(Protocol):
    """Who tunes."""

    name: ClassVar[str]

    def __call__(self, policy: Policy, labels: Sequence[Preferred], rng: np.random.Generator) -> Policy:
        """A tuned copy; the policy given is what it is held to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainDpo:
    """The loss `-log sigmoid(beta (log p/p0 (chosen) - log p/p0 (rejected)))` with Adam, and nothing else.

    Source:
        Rafailov et al. 2023, arXiv:2305.18290, equation 7.
    """

    name: ClassVar[str] = "plain"

    course: Course

    def __call__(self, policy: Policy, labels: Sequence[Preferred], rng: np.random.Generator) -> Policy:
        """Tune."""
        import torch

        course, tuned = self.course, policy.copy()
        batches = course.batches(_some(labels), rng)
        words = policy.words
        sides = [
            [spell(words, one.prompt, answer) for answer in (one.chosen, one.rejected)] for one in labels
        ]
        prompts = [one.prompt for one in labels]
        before = torch.tensor(
            policy.log_likelihood(prompts, [one.chosen for one in labels])
            - policy.log_likelihood(prompts, [one.rejected for one in labels]),
            dtype=torch.float32,
        )
        with one_thread():
            tuned.model.train()
            optimizer = torch.optim.AdamW(tuned.model.parameters(), lr=course.rate, weight_decay=0.0)
            for batch in batches:
                rows = [sides[at][side] for side in (0, 1) for at in batch]
                chosen, rejected = answer_logs(tuned.model, rows, words.pad).chunk(2)
                margin = course.beta * (chosen - rejected - before[batch])
                loss = -torch.nn.functional.logsigmoid(margin).mean()
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(tuned.model.parameters(), course.most_norm)
                optimizer.step()
        return tuned


@dataclass(frozen=True, slots=True, kw_only=True)
class TrlDpo:
    """The same by `trl.DPOTrainer`, given the same labels in the same order."""

    name: ClassVar[str] = "trl"

    course: Course

    def __call__(self, policy: Policy, labels: Sequence[Preferred], rng: np.random.Generator) -> Policy:
        """Tune.

        Raises:
            MissingExtra: TRL is not installed.
        """
        need_trl()
        import tempfile

        import datasets
        import torch
        from trl import DPOConfig, DPOTrainer

        course, tuned = self.course, policy.copy()
        order = [at for batch in course.batches(_some(labels), rng) for at in batch]
        rows = [
            # The line end after which the answer begins belongs to the prompt.
            {"prompt": f"{one.prompt}\n", "chosen": one.chosen, "rejected": one.rejected}
            for one in (labels[at] for at in order)
        ]
        with one_thread(), torch.random.fork_rng(devices=[]), tempfile.TemporaryDirectory() as folder:
            settings: dict[str, Any] = {
                "output_dir": folder,
                "max_steps": course.steps,
                "per_device_train_batch_size": course.batch,
                "learning_rate": course.rate,
                "lr_scheduler_type": "constant",
                "max_grad_norm": course.most_norm,
                "beta": course.beta,
                "weight_decay": 0.0,
                "train_sampling_strategy": "sequential",
                "gradient_checkpointing": False,
                "max_length": None,
                "save_strategy": "no",
                "logging_strategy": "no",
                "report_to": "none",
                "use_cpu": True,
                "bf16": False,
                "disable_tqdm": True,
            }
            datasets.disable_progress_bars()
            trainer = DPOTrainer(
                model=tuned.model,
                ref_model=policy.copy().model,
                args=DPOConfig(**settings),
                train_dataset=datasets.Dataset.from_list(rows),
                processing_class=policy.words.as_tokenizer(),
            )
            trainer.train()
        return Policy(model=trainer.model, words=policy.words, most_tokens=policy.most_tokens)


def _some(labels: Sequence[Preferred]) -> int:
    if not labels:
        raise InputError("there is no label to tune on", where="labels")
    return len(labels)
