"""Prompts that stay the same from generation to generation, and what a model wrote after them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.backends.models import Sample

_COLUMN = "prompt"
_LEAST_PROMPTS = 5
_DEALS = 200


def read_prompts(prompts: str | Path | Sequence[str] | None) -> tuple[str, ...]:
    """Prompts from a file: text, one a line; or JSON Lines with the member `prompt`. Or as they are.

    Raises:
        InputError: The file cannot be read, or a line holds none.
        UsageError: There is not one.
    """
    if prompts is None:
        return ()
    found = _read(Path(prompts)) if isinstance(prompts, str | Path) else tuple(prompts)
    if not found:
        raise UsageError("there is no prompt", where="--prompts", do="Give one a line, or leave it out")
    return found


def _read(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read ({error})", where=str(path), do="Give a file of prompts, one a line, in UTF-8"
        ) from error
    if path.suffix not in (".jsonl", ".ndjson"):
        return tuple(line for line in lines if line.strip())
    return tuple(_prompt(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip())


def _prompt(line: str, where: str) -> str:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"is no JSON ({error})", where=where, do="Write one object a line") from error
    prompt = row.get(_COLUMN) if isinstance(row, dict) else None
    if not isinstance(prompt, str):
        raise InputError(f"has no text {_COLUMN!r}", where=where, do='Write lines such as {"prompt": "..."}')
    return prompt


def prompts_digest(prompts: Sequence[str]) -> str | None:
    """`sha256:...` over the prompts in their order; None without any."""
    if not prompts:
        return None
    lines = "".join(sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest() for prompt in prompts)
    return f"sha256:{sha256(lines.encode()).hexdigest()}"


def sample_rows(prompts: Sequence[str], samples: Sequence[Sample], *, shape: str) -> list[dict[str, Any]]:
    """Samples as rows that an audit reads like those of the anchor.

    An anchor of plain texts is held against what was written; one of prompts and answers against both.

    Args:
        prompts: The prompt of each; empty without one.
        samples: The samples.
        shape: Of the anchor's rows.
    """
    rows: list[dict[str, Any]] = []
    paired = shape != "text" and any(prompts)
    for number, (prompt, sample) in enumerate(zip(prompts, samples, strict=True), 1):
        row: dict[str, Any] = {"id": f"sample-{number}"}
        if paired:
            row |= {"prompt": prompt, "completion": sample.text}
        else:
            row |= {"text": sample.text}
        rows.append(row)
    return rows


def texts_of_rows(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The text of each of these rows, as an audit reads it."""
    return [
        "\n".join(row[part] for part in ("prompt", "completion", "text") if row.get(part)) for row in rows
    ]


def per_prompt(
    prompts: Sequence[str], samples: Sequence[Sample], real: Sequence[str], seed: int
) -> dict[str, Any] | None:
    """How different the samples of one prompt are; None where no prompt has several.

    Beside it stands what as many real rows score that chance puts together: more than anybody can ask of one prompt.

    Args:
        prompts: The prompt of each sample.
        samples: The samples.
        real: Real rows.
        seed: Deals the real rows.

    >>> from holdfast.backends.models import Sample
    >>> stuck = [Sample(text="the same", finished=True)] * 12
    >>> found = per_prompt(["a", "b", "c", "d", "e", "f"] * 2, stuck, ["one", "two", "three"], 0)
    >>> found["distinct_share"], found["reality"], found["stuck_prompts"]
    (0.5, 1.0, 6)
    """
    groups: dict[str, list[str]] = {}
    for prompt, sample in zip(prompts, samples, strict=True):
        groups.setdefault(prompt, []).append(" ".join(sample.text.split()))
    several = [texts for texts in groups.values() if len(texts) > 1]
    if not several or not any(prompts):
        return None
    rng, size = np.random.default_rng(seed), round(sum(map(len, several)) / len(several))
    pool = [" ".join(text.split()) for text in real]
    dealt = [
        len({pool[row] for row in rng.choice(len(pool), size, replace=False)}) / size
        for _ in range(_DEALS if len(pool) >= size else 0)
    ]
    enough = len(several) >= _LEAST_PROMPTS
    return {
        "prompts": len(several),
        "samples_per_prompt": size,
        "distinct_share": float(np.mean([len(set(texts)) / len(texts) for texts in several]))
        if enough
        else None,
        "stuck_prompts": sum(len(set(texts)) == 1 for texts in several),
        "reality": float(np.mean(dealt)) if dealt else None,
        "reason": None if enough else f"only {len(several)} prompts; {_LEAST_PROMPTS} are needed",
    }
