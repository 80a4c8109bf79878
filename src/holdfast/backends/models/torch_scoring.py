"""Scoring texts with torch: windows in batches, log-softmax in float32, sums in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.models.model import MOST_LIKELY, Scored
from holdfast.backends.models.windows import Window, cut
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_BATCH = 64
_BATCH_NUMBERS = 2**27
"""Numbers a batch may give (half a gigabyte): one for every token read and every token of the vocabulary."""
_BATCH_TOKENS = 16_384
_ROWS_AT_ONCE = 2**24  # numbers that are turned into probabilities at once
_FACTS = 7
_CLOSE = 1e-3
_TRIED = ("a text of several words, to be read", "holdfast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A model and its tokenizer, and how texts are put to them.

    Attributes:
        model: A causal language model of transformers.
        tokenizer: Its tokenizer.
        where: How errors name it.
        device: Where it runs.
        limit: Tokens that it reads at once.
        prefix: The token that a text begins with: that of beginnings, or else that of ends; None where there is neither.
        ends: Tokens after which a text is over.
        batch: Most texts read at once.
    """

    model: Any
    tokenizer: Any
    where: str
    device: str
    limit: int
    prefix: int | None
    ends: frozenset[int]
    batch: int = _BATCH


def score_all(reader: Reader, texts: Sequence[str], progress: Callable[[int, int], None]) -> Scored:
    """What each text costs.

    Args:
        reader: The model.
        texts: n texts.
        progress: Called with tokens read, and all there are to read.
    """
    said = [whole_characters(text) for text in texts]
    tokens, skipped = _tokens(reader, said)
    windows = [
        window
        for row, line in enumerate(tokens)
        for window in cut(row, line, reader.prefix, reader.limit, skip=skipped[row][0])
    ]
    sizes = np.array([max(0, len(line) - skipped[row][0]) for row, line in enumerate(tokens)], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    facts = np.full((int(starts[-1]), _FACTS), np.nan)
    # Alike lengths share a batch, so that little is padded. The longest come first: if they do not fit into memory, the user
    # hears of it at once.
    windows.sort(key=lambda window: -len(window.read))
    everything, done = sum(len(window.read) for window in windows), 0
    for batch in _batches(reader, windows):
        found = _read(reader, batch)
        at = 0
        for window in batch:
            begin = int(starts[window.row]) + window.first - skipped[window.row][0]
            facts[begin : begin + len(window.scored)] = found[at : at + len(window.scored)]
            at += len(window.scored)
            done += len(window.read)
        progress(done, everything)
    if not np.isfinite(facts).all():
        raise InputError(
            "the model gives numbers that are not finite", where=reader.where, do="Check the model's weights"
        )
    whole = np.array([len(text.encode()) for text in said], np.int64)
    left_out = np.array([size for _, size in skipped], np.int64)
    size = np.where(sizes > 0, whole - left_out, 0)
    return Scored(
        bits=facts[:, 0],
        starts=starts,
        bytes=size.astype(np.int64),
        unread=(sizes == 0) & (whole > 0),
        confidence=facts[:, 1],
        right=facts[:, 2] > 0,
        surprise=facts[:, 3],
        entropy=facts[:, 4],
        top=facts[:, 5],
        among=facts[:, 6] > 0,
        notes=_notes(reader, tokens, left_out),
    )


def trial(reader: Reader) -> Reader:
    """The reader, tried: it reads two texts one by one, together, and one with another end.

    Raises:
        InputError: The model looks ahead, or gives no probabilities of tokens.
    """
    import torch

    if reader.prefix is None and not reader.tokenizer.is_fast:
        raise InputError(
            "the tokenizer neither has a token that texts begin with nor says where tokens stand",
            where=reader.where,
            do="Save the model with its fast tokenizer (tokenizer.json)",
        )
    lines = [line for line in _tokens(reader, list(_TRIED))[0] if line]
    if not lines:
        raise InputError(
            "the tokenizer finds no tokens in plain words", where=reader.where, do="Fetch the model again"
        )
    first = lines[0][: reader.limit]
    other = [*first[:-1], first[0] if first[-1] != first[0] else (first[0] + 1) % _vocabulary(reader)]
    both = _logits(reader, [first, other])
    vast = both.shape[-1] <= max(max(line) for line in lines)
    if both.dim() != 3 or vast or not torch.isfinite(both[0, -1]).any():
        raise InputError(
            "the model gives no probability for every token of its tokenizer",
            where=reader.where,
            do="Check that the model and its tokenizer belong together",
        )
    if len(first) > 1 and not torch.allclose(both[0, :-1], both[1, :-1], atol=_CLOSE, rtol=_CLOSE):
        raise InputError(
            "what the model expects depends on what comes later: it is no causal language model",
            where=reader.where,
            do="Use a model that writes texts",
        )
    short = lines[-1][:1]
    padded = _logits(reader, [first, short])[1, : len(short)]
    alone = _logits(reader, [short])[0]
    # A model that takes padding for text is read text by text.
    return reader if torch.allclose(padded, alone, atol=_CLOSE, rtol=_CLOSE) else replace(reader, batch=1)


def _tokens(reader: Reader, texts: list[str]) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Tokens of each text; and how many at its beginning cannot be scored, with their bytes."""
    if not texts:
        return [], []
    fast = bool(reader.tokenizer.is_fast)
    found = reader.tokenizer(
        texts, add_special_tokens=False, return_offsets_mapping=fast and reader.prefix is None, verbose=False
    )
    tokens: list[list[int]] = [list(map(int, line)) for line in found["input_ids"]]
    if reader.prefix is not None:
        return tokens, [(0, 0)] * len(tokens)
    return tokens, [
        _unscored(text, spans) for text, spans in zip(texts, found["offset_mapping"], strict=True)
    ]


def _unscored(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Tokens before the first that begins after a whole character, and their bytes: nothing stands before the first one.

    >>> _unscored("écru", [(0, 1), (0, 1), (1, 4)])
    (2, 2)
    """
    end = 0
    for place, (begin, until) in enumerate(spans):
        if place and begin >= end:
            return place, len(text[:begin].encode())
        end = max(end, until)
    return len(spans), len(text.encode())


def _batches(reader: Reader, windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Windows in their order, the longest of each batch first."""
    at, wide = 0, _vocabulary(reader)
    while at < len(windows):
        longest = len(windows[at].read)
        fit = min(_BATCH_TOKENS // longest, _BATCH_NUMBERS // (longest * wide))
        size = max(1, min(reader.batch, fit))
        yield list(windows[at : at + size])
        at += size


def _vocabulary(reader: Reader) -> int:
    size = getattr(reader.model.config.get_text_config(), "vocab_size", None)
    return size if isinstance(size, int) and size > 0 else len(reader.tokenizer)


def _logits(reader: Reader, lines: Sequence[Sequence[int]]) -> Any:
    """float32 [b, t, v]: padded on the right, which no earlier token sees."""
    import torch

    longest = max(map(len, lines))
    ids = torch.zeros((len(lines), longest), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, line in enumerate(lines):
        ids[row, : len(line)] = torch.tensor(list(line))
        mask[row, : len(line)] = 1
    with torch.inference_mode():
        given = {"input_ids": ids.to(reader.device), "attention_mask": mask.to(reader.device)}
        return reader.model(**given, use_cache=False).logits.float()


def _read(reader: Reader, batch: Sequence[Window]) -> NDArray[np.float64]:
    """float64 [t, 7], of each scored token: bits, confidence, right, surprise, entropy, top, among."""
    import torch

    logits = _logits(reader, [window.read for window in batch])
    picked = torch.cat(
        [
            row[len(window.read) - len(window.scored) : len(window.read)]
            for row, window in zip(logits, batch, strict=True)
        ]
    )
    targets = torch.tensor([token for window in batch for token in window.scored], device=reader.device)
    ends = torch.tensor([end for end in sorted(reader.ends) if end < picked.shape[-1]], device=reader.device)
    step = max(1, _ROWS_AT_ONCE // picked.shape[-1])
    with torch.inference_mode():
        parts = [
            _facts(picked[at : at + step], targets[at : at + step], ends)
            for at in range(0, len(picked), step)
        ]
        return np.asarray(torch.cat(parts).cpu().numpy(), np.float64)


def _facts(logits: Any, targets: Any, ends: Any) -> Any:
    """float64 [t, 7]."""
    import torch

    place = targets[:, None]
    bits = -torch.log_softmax(logits, dim=-1).gather(1, place)[:, 0].double() / math.log(2)
    if len(ends):  # where the text goes on; one that spells an end and goes on is read as it stands
        goes_on = ~torch.isin(targets, ends)[:, None]
        over = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device).index_fill(
            0, ends, value=True
        )
        logits = logits.masked_fill(goes_on & over, -math.inf)
    logs = torch.log_softmax(logits, dim=-1)
    p = logs.exp()
    likely = p.topk(min(MOST_LIKELY, p.shape[-1]), dim=-1)
    return torch.stack(
        [
            bits,
            likely.values[:, 0].double(),
            (likely.indices[:, 0] == targets).double(),
            -logs.gather(1, place)[:, 0].double() / math.log(2),
            torch.special.entr(p).sum(dim=-1, dtype=torch.float64) / math.log(2),
            likely.values.sum(dim=-1, dtype=torch.float64),
            (likely.indices == place).any(dim=-1).double(),
        ],
        dim=-1,
    )


def _notes(reader: Reader, tokens: Sequence[Sequence[int]], left_out: NDArray[np.int64]) -> tuple[str, ...]:
    notes = []
    unknown = reader.tokenizer.unk_token_id
    unread = sum(line.count(unknown) for line in tokens if isinstance(line, list))
    if unknown is not None and unread and unknown != reader.prefix:
        notes.append(
            f"{unread:,} tokens are words that the model's vocabulary cannot spell; what they say costs less than it should"
        )
    if left_out.any():
        notes.append(
            "The model has no token that texts begin with, so that the first token of each text is not scored, and its bytes are "
            "not counted."
        )
    return tuple(notes)
