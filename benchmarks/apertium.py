"""Apertium as a chat: a translator of dictionaries and rules that runs offline, as a program of its own.

It is installed by the user (`apertium` with the pairs eng-spa and eng-cat; GPL), started as a program, and no part of holdfast. The system
says from which language into which, the user says the text: a translator takes no other instruction.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.backends.chats import ChatRequest


class Apertium:
    """A translator of rules, as a chat: the system says from which language into which, the user says the text."""

    name = model = "apertium"
    provider = "apertium"
    where = "memory"

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def learn(self, pair: str, texts: Sequence[str]) -> list[str]:
        """Translate many texts at once, since starting the program takes longer than a text does."""
        texts = [" ".join(text.split()) for text in texts]
        new = sorted(set(texts) - {text for way, text in self._known if way == pair})
        if new:
            self._known |= {
                (pair, text): said for text, said in zip(new, _translated(pair, new), strict=True)
            }
        return [self._known[pair, text] for text in texts]

    async def complete(self, request: ChatRequest) -> Any:
        """One text."""
        from holdfast.backends.chats import Answer

        system, user = request.messages
        pair, text = PAIRS[system.content], " ".join(user.content.strip().strip('"').split())
        return Answer(text=self.learn(pair, [text])[0], finish_reason="stop", model=f"apertium-{pair}")

    async def close(self) -> None:
        """Nothing is open."""


PAIRS = {
    "English > Spanish": "eng-spa",
    "Spanish > English": "spa-eng",
    "English > Catalan": "eng-cat",
    "Catalan > English": "cat-eng",
}


def translator() -> Apertium | None:
    """The program, where it and its pairs are there."""
    if shutil.which("apertium") is None:
        return None
    listed = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout.split()
    return Apertium() if set(PAIRS.values()) <= set(listed) else None


def _translated(pair: str, texts: Sequence[str]) -> list[str]:
    # An empty line ends a sentence, and no rule looks past it.
    done = subprocess.run(
        ["apertium", "-u", pair], input="\n\n".join(texts), capture_output=True, text=True, check=True
    )
    found = [part.strip() for part in done.stdout.strip("\n").split("\n\n")]
    if len(found) != len(texts):
        raise RuntimeError(f"{len(texts)} texts went to apertium {pair}, {len(found)} came back")
    return found
