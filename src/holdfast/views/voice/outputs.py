"""Outputs: what one model answered to which prompt, and several models side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data import Records, read_records
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What one model answered.

    Attributes:
        name: What reports call it.
        responses: The response to each prompt; where a prompt came more than once, the first.
        repeated: Further responses to a prompt that had one, left out.
        silent: Rows without a prompt or without a response, left out.
    """

    name: str
    responses: dict[str, str]
    repeated: int = 0
    silent: int = 0

    def __len__(self) -> int:
        return len(self.responses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Sets of outputs to the same prompts.

    Attributes:
        prompts: What all of them answered, in the order of the first.
        responses: Of each set, one for each prompt.
        unshared: Of each set, prompts that not all answered.
    """

    prompts: tuple[str, ...]
    responses: tuple[tuple[str, ...], ...]
    unshared: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompts)


def read_outputs(source: Any, name: str | None = None) -> Outputs:
    """Read a model's outputs: prompts with completions, in any form that `read_records` knows.

    Args:
        source: A path, several, a list of dicts, an Arrow table, or `Records`.
        name: A name for reports; by default that of the file.

    Raises:
        InputError: It cannot be read, or no row has a prompt.

    >>> read_outputs([{"prompt": "Hi", "completion": "Hello."}, {"prompt": "Hi", "completion": "Yes?"}]).repeated
    1
    """
    records = source if isinstance(source, Records) else read_records(source)
    name = name or _short(records.name)
    answers = records.answers
    if answers is None:
        raise InputError(
            "no row has a prompt, so outputs cannot be held against others to the same prompts",
            where=records.name,
            do="Give rows with prompt and completion, instruction and output, or messages",
        )
    responses: dict[str, str] = {}
    repeated = silent = 0
    for text, at in zip(records.texts, answers, strict=True):
        prompt, response = ("", "") if at is None else (text[:at].strip(), text[at:].strip())
        if not prompt or not response:
            silent += 1
        elif prompt in responses:
            repeated += 1
        else:
            responses[prompt] = response
    return Outputs(name=name, responses=responses, repeated=repeated, silent=silent + records.empty_rows)


def align(sets: Sequence[Outputs]) -> Aligned:
    """Keep the prompts that all sets answered.

    >>> one = Outputs(name="one", responses={"a": "1", "b": "2"})
    >>> two = Outputs(name="two", responses={"b": "3"})
    >>> align([one, two]).responses
    (('2',), ('3',))
    """
    prompts = tuple(
        prompt for prompt in sets[0].responses if all(prompt in one.responses for one in sets[1:])
    )
    return Aligned(
        prompts=prompts,
        responses=tuple(tuple(one.responses[prompt] for prompt in prompts) for one in sets),
        unshared=tuple(len(one) - len(prompts) for one in sets),
    )


def _short(name: str) -> str:
    """`gpt` of `gpt.jsonl`."""
    for ending in (".jsonl", ".json", ".parquet", ".csv", ".ndjson", ".jsonl.gz"):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name
