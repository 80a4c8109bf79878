"""What every chat is, whoever answers: messages and parameters in, a text out; and what can go wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from holdfast.backends.encoders.distinct import whole_characters
from holdfast.data import digest_of
from holdfast.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["system", "user", "assistant"]
Kind = Literal[
    "limited",
    "unreachable",
    "unavailable",
    "timeout",
    "unreadable",
    "empty",
    "refused",
    "key",
    "missing",
    "budget",
    "waiting",
]
KINDS: tuple[Kind, ...] = (
    "limited", "unreachable", "unavailable", "timeout", "unreadable", "empty", "refused", "key", "missing", "budget",
    "waiting",
)  # fmt: skip
"""How a request fails: the server takes no more for now (429); cannot be reached; fails (5xx); does not answer in time; answers with
what cannot be read; with nothing; refuses this request, or its model does; wants another key; knows no such model; the budget ended;
or nobody has been asked yet, and will be later (a batch file)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How an answer is drawn, under the names of the OpenTelemetry conventions; None leaves it to the server."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()

    def known(self) -> dict[str, Any]:
        """The parameters that are given, by name."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "stop_sequences"}
        found = {name: value for name, value in values.items() if value is not None}
        return found | ({"stop_sequences": list(self.stop_sequences)} if self.stop_sequences else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A prompt that was made for one record.

    Attributes:
        record: Id of the record that it was made for: two records with equal prompts must not share one answer.
        sample: Which of several answers to this prompt it is, from 0.
        messages: What is said.
        parameters: How the answer is drawn.
        template_hash: `sha256:...` of the template that it was made with, or None.
        hop: Which step of its record's making it is, from 0.
    """

    record: str
    sample: int = 0
    messages: tuple[Message, ...]
    parameters: Parameters = Parameters()
    template_hash: str | None = None
    hop: int = 0
    _keys: dict[tuple[str, str, str], str] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def plain_messages(self) -> list[dict[str, str]]:
        """The messages as servers take them: half surrogate pairs are U+FFFD."""
        return [
            {"role": message.role, "content": whole_characters(message.content)} for message in self.messages
        ]

    def key(self, chat: Chat) -> str:
        """`sha256:...` over everything that makes this answer its own: who is asked, what, how, for which record, which sample."""
        # What every request to a chat says beside the parameters; few chats have it.
        extra = getattr(chat, "extra_body", None)
        # It is wanted twice for each request, and costs more than all else that is done for one.
        known = (chat.where, chat.model, repr(extra) if extra else "")
        found = self._keys.get(known)
        if found is None:
            found = self._keys[known] = digest_of(
                ({"extra_body": extra} if extra else {})
                | {
                    "server": chat.where,
                    "model": chat.model,
                    "messages": self.plain_messages(),
                    "parameters": dict(self.parameters.known()),
                    "template_hash": self.template_hash,
                    "record": self.record,
                    "sample": self.sample,
                    "hop": self.hop,
                }
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        text: What was said, as it came; half surrogate pairs are read as U+FFFD.
        finish_reason: `stop`; `length` where it was cut; or whatever else the server says; None where it says nothing.
        model: The model that says it answered, or None where nobody says.
        id: The server's id of the answer.
        input_tokens: Tokens of the prompt, or None where nobody says.
        output_tokens: Tokens of the answer, or None where nobody says.
        seconds: From the request to its end.
        cost: What it cost in the currency of the recipe; None where prices or usage are not known.
        cache_hit: Whether it was known before and nobody was asked.
    """

    text: str
    finish_reason: str | None
    model: str | None
    id: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float = 0.0
    cost: float | None = None
    cache_hit: bool = False

    @property
    def cut(self) -> bool:
        """Whether it ended because no more tokens were allowed."""
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A request that got no answer for good.

    Attributes:
        kind: How it failed.
        said: What happened, for a person to read; never a key.
        tries: Requests that were sent for it.
    """

    kind: Kind
    said: str
    tries: int


class Trouble(BackendError):  # noqa: N818 - the name says what happened
    """One request went wrong; whether it is tried again is for others to decide.

    Args:
        kind: How.
        what: What happened, without a key.
        where: The server.
        do: What helps.
        retry_after: Seconds that the server asks us to wait, or None.
        input_tokens: Tokens of the prompt that it cost all the same; None where nobody says.
        output_tokens: Tokens of what was said all the same; None where nobody says.
    """

    def __init__(
        self,
        kind: Kind,
        what: str,
        *,
        where: str | None = None,
        do: str | None = None,
        retry_after: float | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.kind: Kind = kind
        self.retry_after = retry_after
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens

    def __reduce__(self) -> tuple[object, ...]:
        names = ("where", "do", "retry_after", "input_tokens", "output_tokens")
        return (_trouble, (self.kind, self.what, {name: getattr(self, name) for name in names}))


def _trouble(kind: Kind, what: str, known: dict[str, Any]) -> Trouble:
    return Trouble(kind, what, **known)


class Chat(Protocol):
    """Somebody who answers: a server, a model in this process, or a script."""

    @property
    def name(self) -> str:
        """What reports call it: the model and the host of its server; never a secret."""
        ...

    @property
    def model(self) -> str:
        """The model that is asked for."""
        ...

    @property
    def provider(self) -> str:
        """`gen_ai.provider.name`: who runs it, such as `openai` for anything that speaks its protocol."""
        ...

    @property
    def where(self) -> str:
        """Its address, or `memory`."""
        ...

    async def complete(self, request: ChatRequest, /) -> Answer:
        """One answer; one request is sent, and nothing is retried.

        Raises:
            Trouble: There is none.
        """
        ...

    async def close(self) -> None:
        """Puts connections away."""
        ...


def plain_parameters(parameters: Parameters) -> Mapping[str, Any]:
    """Parameters as a request to an OpenAI-compatible server has them: `stop` for `stop_sequences`."""
    values = parameters.known()
    stop = values.pop("stop_sequences", None)
    return values | ({"stop": stop} if stop else {})
