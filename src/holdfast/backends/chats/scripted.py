"""A chat that says what it was told to say: the public fake, which needs nothing, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from holdfast.backends.chats.chat import Answer, ChatRequest, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedChat:
    """Somebody who answers by a script.

    Attributes:
        model: How it is called, as a model.
        answer: What it says to a request. A text becomes an answer that ended by itself, whose words are counted as tokens; a
            `Trouble` is raised.
        seconds: How long it takes.
        asked: Every request, in the order in which they came.

    >>> from holdfast.backends.chats import Message
    >>> chat = ScriptedChat.of(lambda request: request.messages[-1].content.upper())
    >>> question = ChatRequest(record="r-1", messages=(Message(role="user", content="is it here"),))
    >>> asyncio.run(chat.complete(question)).text, chat.asked == [question]
    ('IS IT HERE', True)
    """

    model: str
    answer: Callable[[ChatRequest], str | Answer | Trouble] = field(repr=False)
    seconds: float = 0.0
    asked: list[ChatRequest] = field(default_factory=list, repr=False)

    @classmethod
    def of(
        cls,
        answer: Callable[[ChatRequest], str | Answer | Trouble],
        *,
        name: str = "scripted",
        seconds: float = 0.0,
    ) -> Self:
        """A chat that answers by a function.

        Args:
            answer: From a request to what is said, or to what goes wrong.
            name: How it is called.
            seconds: How long each answer takes.
        """
        return cls(model=name, answer=answer, seconds=seconds)

    @classmethod
    def telling(
        cls, answers: Iterable[str | Answer | Trouble], *, name: str = "scripted", seconds: float = 0.0
    ) -> Self:
        """A chat that says these, one after the other, whatever it is asked; then it has no more to say (`missing`).

        Args:
            answers: What is said, or goes wrong.
            name: How it is called.
            seconds: How long each answer takes.
        """
        left = iter(answers)
        over = Trouble("missing", "the script is over", where="memory", do="Give it more answers")
        return cls(model=name, answer=lambda _: next(left, over), seconds=seconds)

    @property
    def name(self) -> str:
        """Its model: it has no host."""
        return self.model

    @property
    def provider(self) -> str:
        """A script."""
        return "scripted"

    @property
    def where(self) -> str:
        """Nowhere but here."""
        return "memory"

    async def complete(self, request: ChatRequest, /) -> Answer:
        """What the script says.

        Raises:
            Trouble: The script says so.
        """
        self.asked.append(request)
        said = self.answer(request)
        # Others get their turn, as they do while a server thinks.
        await asyncio.sleep(self.seconds)
        if isinstance(said, Trouble):
            raise said
        if isinstance(said, Answer):
            return said
        return Answer(
            text=said,
            finish_reason="stop",
            model=self.model,
            input_tokens=sum(len(message.content.split()) for message in request.messages),
            output_tokens=len(said.split()),
            seconds=self.seconds,
        )

    async def close(self) -> None:
        """Nothing is open."""
