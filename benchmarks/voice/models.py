"""Outputs of 22 models to the same prompts, who is kin to whom, and who is known to have taught whom."""

from __future__ import annotations

import json
import os
from pathlib import Path

FAMILY = {
    "gpt4": "gpt-4",
    "gpt4_0613": "gpt-4",
    "gpt4_0613_concise": "gpt-4",
    "gpt4_0613_verbose": "gpt-4",
    "gpt-3.5-turbo-0301": "gpt-3.5",
    "text_davinci_003": "davinci",
    "alpaca-7b": "davinci",
    "claude": "claude",
    "claude-2": "claude",
    "claude2-alpaca-13b": "claude",
    "Mistral-7B-Instruct-v0.2": "mistral",
    "Snorkel-Mistral-PairRM-DPO": "mistral",
    "phi-2": "phi",
    "phi-2-sft": "phi",
    "phi-2-dpo": "phi",
    "zephyr-7b-beta": "zephyr",
    "vicuna-13b": "vicuna",
    "wizardlm-13b": "vicuna",
    "guanaco-65b": "oasst",
    "oasst-sft-llama-33b": "oasst",
    "pythia-12b-mix-sft": "oasst",
    "falcon-40b-instruct": "falcon",
}
"""Siblings, and models that are one another's students, are one family: never teacher and placebo of one another."""
FIRST_HALF = frozenset({"gpt-4", "davinci", "phi", "oasst", "falcon"})
"""Thresholds are chosen where student and named teacher belong here, and confirmed where both belong to the others."""
KIN = {
    "gpt-3.5-turbo-0301": {"vicuna", "falcon", "phi", "zephyr", "oasst"},
    "gpt4": {"gpt-3.5", "vicuna", "phi", "zephyr"},
    "text_davinci_003": {"phi"},
    "claude-2": set(),
}
"""Families that were trained on outputs of a teacher, or share its training: no placebos of it. guanaco and pythia-mix hold outputs
of people and models; the human ones of OASST stay out beside gpt-3.5 to be sure."""
TAUGHT = (
    ("alpaca-7b", "claude2-alpaca-13b", "claude-2"),
    ("vicuna-13b", "claude2-alpaca-13b", "claude-2"),
    ("wizardlm-13b", "claude2-alpaca-13b", "claude-2"),
    ("phi-2", "phi-2-sft", "gpt-3.5-turbo-0301"),
    ("phi-2-sft", "phi-2-dpo", "gpt4"),
    ("phi-2", "phi-2-dpo", "gpt4"),
    ("Mistral-7B-Instruct-v0.2", "zephyr-7b-beta", "gpt-3.5-turbo-0301"),
    ("Mistral-7B-Instruct-v0.2", "zephyr-7b-beta", "gpt4"),
    ("alpaca-7b", "vicuna-13b", "gpt-3.5-turbo-0301"),
    ("alpaca-7b", "wizardlm-13b", "gpt-3.5-turbo-0301"),
    ("oasst-sft-llama-33b", "vicuna-13b", "gpt-3.5-turbo-0301"),
    ("oasst-sft-llama-33b", "wizardlm-13b", "gpt-3.5-turbo-0301"),
    ("vicuna-13b", "alpaca-7b", "text_davinci_003"),
    ("wizardlm-13b", "alpaca-7b", "text_davinci_003"),
    ("claude2-alpaca-13b", "alpaca-7b", "text_davinci_003"),
    ("pythia-12b-mix-sft", "falcon-40b-instruct", "gpt-3.5-turbo-0301"),
)
"""Before, after, teacher: by names and papers, not by training configurations. Most pairs are siblings by base model, not one run."""
UNTAUGHT = (
    ("Mistral-7B-Instruct-v0.2", "Snorkel-Mistral-PairRM-DPO"),
    ("gpt4_0613", "gpt4_0613_concise"),
    ("gpt4_0613", "gpt4_0613_verbose"),
    ("gpt4_0613_concise", "gpt4_0613_verbose"),
    ("gpt4_0613_concise", "gpt4_0613"),
    ("gpt4_0613_verbose", "gpt4_0613"),
    ("gpt4_0613_verbose", "gpt4_0613_concise"),
    ("claude", "claude-2"),
    ("gpt4_0613", "gpt4"),
    ("oasst-sft-llama-33b", "guanaco-65b"),
    ("pythia-12b-mix-sft", "oasst-sft-llama-33b"),
)
"""Before and after without a teacher among these models: instructions about length, another version, preference tuning on own
outputs, people's answers."""
TEACHERS = (
    "text_davinci_003",
    "gpt-3.5-turbo-0301",
    "gpt4",
    "claude-2",
    "Mistral-7B-Instruct-v0.2",
    "zephyr-7b-beta",
)
"""Whom a user might name."""
PLACEBOS = (
    *(
        "text_davinci_003",
        "gpt-3.5-turbo-0301",
        "gpt4",
        "claude-2",
        "oasst-sft-llama-33b",
        "Mistral-7B-Instruct-v0.2",
    ),
    *("falcon-40b-instruct", "zephyr-7b-beta", "vicuna-13b", "phi-2-sft"),
)


def read_models() -> tuple[list[str], dict[str, list[str]]]:
    """The prompts that all models answered, and their answers in that order."""
    folder = Path(os.environ["HOLDFAST_REAL_DATA"]) / "alpaca_eval" / "outputs"
    read = {}
    for name in FAMILY:
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        read[name] = {row["instruction"]: row["output"] for row in map(json.loads, lines)}
    prompts = sorted(set.intersection(*(set(answers) for answers in read.values())))
    return prompts, {name: [answers[prompt] for prompt in prompts] for name, answers in read.items()}


def placebos_for(teacher: str, *others: str) -> list[str]:
    """Placebos that neither teach nor are kin to anyone named."""
    closed = {FAMILY[name] for name in (teacher, *others)} | KIN.get(teacher, set())
    return [name for name in PLACEBOS if FAMILY[name] not in closed]
