"""Sampling texts with torch: one token after the other, each row from a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable
from holdfast.backends.models.draws import check_sampling, draw, row_stream
from holdfast.backends.models.model import Sample
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from holdfast.backends.models.torch_scoring import Reader

_BATCH = 32


def sample_all(
    reader: Reader,
    prompts: Sequence[str],
    *,
    seed: int,
    temperature: float,
    top_p: float,
    most_tokens: int,
    progress: Callable[[int, int], None],
) -> list[Sample]:
    """A text after each prompt.

    Prompts of equally many tokens are gone on with together, so that nothing is padded and no row depends on another.

    Raises:
        InputError: A prompt is too long, or is empty and the model has no token that texts begin with.
    """
    check_sampling(temperature, top_p, most_tokens)
    lines = [_line(reader, whole_characters(prompt), number) for number, prompt in enumerate(prompts, 1)]
    found: dict[int, Sample] = {}
    for rows in _batches(reader, lines):
        streams = [row_stream(seed, row) for row in rows]
        tokens, finished = _continue(
            reader, [lines[row] for row in rows], streams, temperature, top_p, most_tokens
        )
        for row, written, over in zip(rows, tokens, finished, strict=True):
            found[row] = Sample(text=_text(reader, lines[row], written), finished=over)
        progress(len(found), len(prompts))
    return [found[row] for row in range(len(prompts))]


def _line(reader: Reader, prompt: str, number: int) -> list[int]:
    """The tokens that a text is written after."""
    tokens = reader.tokenizer(prompt, add_special_tokens=False, verbose=False)["input_ids"]
    line = ([] if reader.prefix is None else [reader.prefix]) + [int(token) for token in tokens]
    if not line:
        raise InputError(
            "the model has no token that texts begin with, and cannot begin one by itself",
            where=reader.where,
            do="Give prompts with --prompts",
        )
    if len(line) >= reader.limit:
        raise InputError(
            f"prompt {number} ({printable(prompt, limit=40)!r}) has {len(line):,} tokens, and the model reads {reader.limit:,}",
            where=reader.where,
            do="Shorten it",
        )
    return line


def _batches(reader: Reader, lines: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    by_length: dict[int, list[int]] = {}
    for row, line in enumerate(lines):
        by_length.setdefault(len(line), []).append(row)
    size = min(_BATCH, reader.batch)
    for rows in by_length.values():
        for at in range(0, len(rows), size):
            yield rows[at : at + size]


def _continue(
    reader: Reader,
    lines: Sequence[Sequence[int]],
    streams: Sequence[np.random.Generator],
    temperature: float,
    top_p: float,
    most_tokens: int,
) -> tuple[list[list[int]], list[bool]]:
    """What is written after these lines of one length, and whether it ended by itself."""
    import torch

    written: list[list[int]] = [[] for _ in lines]
    finished = [False] * len(lines)
    read = torch.tensor([list(line) for line in lines], device=reader.device)
    memory: Any = None
    room = min(most_tokens, reader.limit - len(lines[0]))
    with torch.inference_mode():
        for _ in range(room):
            found = reader.model(input_ids=read, past_key_values=memory, use_cache=True)
            memory = getattr(found, "past_key_values", None)
            logits = found.logits[:, -1].double().cpu().numpy()
            chosen = []
            for row, stream in enumerate(streams):
                token = 0
                if not finished[row]:
                    _check(reader, logits[row])
                    token = draw(logits[row], stream.random(), temperature=temperature, top_p=top_p)
                    finished[row] = token in reader.ends
                    if not finished[row]:
                        written[row].append(token)
                chosen.append(token)
            if all(finished):
                break
            latest = torch.tensor(chosen, device=reader.device)[:, None]
            # A model that keeps its memory elsewhere reads everything again.
            read = latest if memory is not None else torch.cat([read, latest], dim=1)
    return written, finished


def _check(reader: Reader, logits: Any) -> None:
    if np.isnan(logits).any() or not np.isfinite(logits.max()):
        raise InputError(
            "the model gives numbers that are not finite", where=reader.where, do="Check the model's weights"
        )


def _text(reader: Reader, line: Sequence[int], written: Sequence[int]) -> str:
    """What was written, without the prompt: some tokenizers leave out a space where a text begins."""

    def spell(tokens: list[int]) -> str:
        return str(
            reader.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    before, whole = spell(list(line)), spell([*line, *written])
    return whole[len(before) :] if whole.startswith(before) else spell(list(written))
