"""Echoes: answers that say the prompt again. A weak model repeats what it was told in place of doing it.

Three words in a row of what the prompt says by itself (not of what was filled in) make an echo, unless some real row has them, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.remedies.generate.templates import Template

RUN = 3
_NAME = re.compile(r"\{[a-z_]+\}")
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


class Echoes:
    r"""Finds what prompts say by themselves.

    Args:
        real: Texts of real rows: what people say, too, is no echo.

    >>> from holdfast.remedies.generate.templates import parse
    >>> prompt = parse("Write a message.\nIts kind must be: {stratum}", name="own")
    >>> Echoes(["where is my card"]).of("Its kind must be: card lost", [prompt])
    'its kind must'
    >>> Echoes(["its kind must change"]).of("its kind must change now", [prompt]) is None
    True
    """

    def __init__(self, real: Sequence[str]) -> None:
        self._real = real
        self._said: frozenset[tuple[str, ...]] | None = None
        self._own: dict[str, frozenset[tuple[str, ...]]] = {}

    def of(self, text: str, templates: Sequence[Template]) -> str | None:
        """The words of a prompt that a text repeats, or None."""
        runs = _runs(text)
        for template in templates:
            own = self._own.get(template.hash)
            if own is None:
                parts = [part for said in (template.system, template.user) for part in _NAME.split(said)]
                own = frozenset(run for part in parts for line in part.split("\n") for run in _runs(line))
                self._own[template.hash] = own
            for run in runs:
                if run in own and run not in self._people():
                    return " ".join(run)
        return None

    def _people(self) -> frozenset[tuple[str, ...]]:
        """Runs of real rows, read when they are first asked for."""
        if self._said is None:
            self._said = frozenset(run for text in self._real for run in _runs(text))
        return self._said


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]
