"""A model of this process that answers chats: a folder on disk, or a script."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from holdfast.backends.chats.chat import Answer, ChatRequest, Trouble
from holdfast.backends.models.hugging_face import HuggingFaceModel
from holdfast.errors import BackendError, HoldfastError

if TYPE_CHECKING:
    from holdfast.backends.models.model import Model

_MOST_TOKENS = 256
_GREEDY = 1e-9
"""A temperature that leaves nothing to chance, for models that divide by theirs."""
_SEEDS = 2**63 - 1  # a negative seed is one, too
_STRANGE = ("top_k", "frequency_penalty", "presence_penalty")
"""Parameters that models of this process do not know. They are refused: a value that was recorded and not heard would look like a draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChat:
    """A language model of this process, asked one request at a time, in a thread of its own.

    What it says hangs on the model, the messages and the parameters, the seed among them; a request without a seed gets one of its
    own from its record, sample and hop. A model with a chat template is asked through it, and any other goes on with the plain text of
    the messages.

    Attributes:
        name: What reports call it.
        said_by: The model.
        worker: The thread.
    """

    name: str
    said_by: Model = field(repr=False)
    worker: ThreadPoolExecutor = field(repr=False, compare=False)

    @classmethod
    def of(cls, model: Model, *, name: str | None = None) -> Self:
        """A chat with a model.

        Args:
            model: An opened model.
            name: What reports call it; else the model's name.
        """
        return cls(
            name=name or model.name,
            said_by=model,
            worker=ThreadPoolExecutor(max_workers=1, thread_name_prefix="holdfast-chat"),
        )

    @property
    def model(self) -> str:
        """The model's name, which holds a digest of its content."""
        return self.said_by.name

    @property
    def provider(self) -> str:
        """How the model is run."""
        return self.said_by.kind

    @property
    def where(self) -> str:
        """This process: a model is known by the digest in its name, wherever its folder stands."""
        return "memory"

    async def complete(self, request: ChatRequest, /) -> Answer:
        """What the model says.

        Raises:
            Trouble: It fails, or does not know a parameter.
        """
        strange = [name for name in _STRANGE if getattr(request.parameters, name) is not None]
        if strange:
            raise Trouble(
                "refused",
                f"models of this process know no {strange[0]}",
                where=self.name,
                do="Leave it out, or serve the model and give its URL",
            )
        return await asyncio.get_running_loop().run_in_executor(self.worker, self._say, request)

    async def close(self) -> None:
        """Ends the thread; what waits for it is not done."""
        self.worker.shutdown(wait=False, cancel_futures=True)

    def _say(self, request: ChatRequest) -> Answer:
        begin = time.perf_counter()
        asked = request.parameters
        try:
            model, prompt = self._prompt(request)
            (sample,) = model.sample(
                [prompt],
                seed=_seed(request, self),
                temperature=_or(asked.temperature, 1.0) or _GREEDY,
                top_p=_or(asked.top_p, 1.0),
                most_tokens=_MOST_TOKENS if asked.max_tokens is None else asked.max_tokens,
            )
            text, stopped = _stopped(sample.text, asked.stop_sequences)
            counts = self._tokens(prompt), self._tokens(sample.text)
        except BackendError as error:
            raise Trouble("unavailable", error.what, where=error.where, do=error.do) from error
        except HoldfastError as error:
            raise Trouble("refused", error.what, where=error.where, do=error.do) from error
        return Answer(
            text=text,
            finish_reason="stop" if sample.finished or stopped else "length",
            model=self.model,
            input_tokens=counts[0],
            output_tokens=counts[1],
            seconds=time.perf_counter() - begin,
        )

    def _prompt(self, request: ChatRequest) -> tuple[Model, str]:
        """Who goes on with what."""
        if isinstance(self.said_by, HuggingFaceModel):
            told = self.said_by.told(request.plain_messages())
            if told is not None:
                return self.said_by.without_prefix(), told
        return self.said_by, "\n\n".join(message.content for message in request.messages) + "\n"

    def _tokens(self, text: str) -> int | None:
        if isinstance(self.said_by, HuggingFaceModel):
            return self.said_by.count_tokens(text)
        # The scripted model's tokens are bytes.
        return len(text.encode(errors="replace")) if self.said_by.kind == "scripted" else None


def _seed(request: ChatRequest, chat: LocalChat) -> int:
    seed = request.parameters.seed
    return seed & _SEEDS if seed is not None else int(request.key(chat).removeprefix("sha256:")[:8], 16)


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value


def _stopped(text: str, ends: tuple[str, ...]) -> tuple[str, bool]:
    """The text up to the first of the sequences that end it."""
    places = [place for end in ends if end and (place := text.find(end)) >= 0]
    return (text[: min(places)], True) if places else (text, False)
