"""A chat that answers from batch files, and writes down what it cannot answer yet: generation without a server, in several passes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from holdfast.backends.chats.batch_files import (
    NEW_LIMIT,
    AskedLine,
    BatchAnswers,
    BatchFinding,
    custom_id,
    missing,
    read_asked,
    read_batch,
    read_custom_id,
    request_line,
    write_batch,
    write_lines,
)
from holdfast.backends.chats.chat import Answer, ChatRequest, Trouble
from holdfast.backends.encoders.names import printable
from holdfast.data import digest_of
from holdfast.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["BatchAnswers", "BatchChat", "BatchFinding", "read_batch", "write_batch"]

_ASKED = re.compile(r"asked-(\d+)\.jsonl")
_MOST_LINES = 50_000
_MOST_BYTES = 190 * 10**6
"""What OpenAI takes in one file is 50,000 requests and 200 MB."""
_CHANGED = "came back for a request that says something else now, and is asked anew"
_TRIES = 3
"""Times that a request which only failed is asked, before it is given up."""


@dataclass(slots=True, kw_only=True)
class BatchChat:
    """A model that is asked by files.

    In its folder `asked-1.jsonl`, `asked-2.jsonl` and so on say what was asked, pass by pass; every other `.jsonl` is read as what
    came back. A request is answered from there if it is the one that was asked, in every word; if it is not, it is asked anew. What
    was asked and has not come back is waited for, and not asked twice; it has come back as soon as one line of its file has.

    Attributes:
        name: What reports call it.
        model: What whoever runs the files calls the model.
        folder: Where the files are.
        answers: What came back.
        extra_body: What every request says beside messages and parameters.
        to_ask: Lines that are to be asked, by `custom_id`.
        waited_for: Ids of requests that were asked and have not come back.
    """

    name: str
    model: str
    folder: Path
    answers: BatchAnswers
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    to_ask: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    waited_for: set[str] = field(default_factory=set, repr=False)
    _asked: dict[str, list[_Asked]] = field(default_factory=dict, repr=False)
    _back: set[int] = field(default_factory=set, repr=False)
    _files: int = 0
    _limit: str = "max_tokens"
    _found: list[BatchFinding] = field(default_factory=list, repr=False)

    @classmethod
    def of(
        cls, folder: Path, *, model: str, name: str | None = None, extra_body: Mapping[str, Any] | None = None
    ) -> Self:
        """Opens the files of a model.

        Args:
            folder: A folder for all models; the files of this one stand in a folder in it, called like it.
            model: What whoever runs the files calls the model.
            name: What reports, and the folder, call it; else the model's name.
            extra_body: What every request says beside messages and parameters.

        Raises:
            InputError: A file cannot be read.
            UsageError: The name leads out of the folder.
        """
        called = re.sub(r"[^\w.@+-]+", "_", name or model)
        if not called.strip("."):
            raise UsageError(f"no folder can be called {name or model!r}", do="Give the model another name")
        place = folder / called
        files = sorted(place.glob("*.jsonl")) if place.is_dir() else []
        numbers = {file: int(match[1]) for file in files if (match := _ASKED.fullmatch(file.name))}
        answers = read_batch(*(file for file in files if file not in numbers))
        asked: dict[str, list[_Asked]] = {}
        found, back = list(answers.findings), set[int]()
        for file, number in sorted(numbers.items(), key=lambda pair: pair[1]):
            lines = read_asked(file)
            if any(line.id in answers.replies for line in lines):
                back.add(number)
                found += missing(lines, answers.replies)
            for line in lines:
                asked.setdefault(_plain_id(line), []).append(_Asked.of(line, number))
        return cls(
            name=printable(name or model),
            model=model,
            folder=place,
            answers=answers,
            extra_body=dict(extra_body or {}),
            _asked=asked,
            _back=back,
            _files=max(numbers.values(), default=0),
            # What failed for this is asked again so.
            _limit=NEW_LIMIT if any(NEW_LIMIT in each.what for each in found) else "max_tokens",
            _found=found,
        )

    @property
    def provider(self) -> str:
        """Anybody who takes OpenAI's batch files."""
        return "openai"

    @property
    def where(self) -> str:
        """A file may be run anywhere, and a folder moved."""
        return "batch"

    @property
    def findings(self) -> tuple[BatchFinding, ...]:
        """What is not as it should be in what came back, and what came back for requests that are others now."""
        return tuple(self._found)

    async def complete(self, request: ChatRequest, /) -> Answer:
        """What came back for a request.

        Raises:
            Trouble: It is `waiting`: it has not come back, or not been asked; or it was refused, or failed too often.
        """
        name = custom_id(request)
        line = self._line(request, 1)
        digest = digest_of(line["body"])
        before = self._asked.get(name, [])
        same = [each for each in before if each.digest == digest]
        replies = [reply for each in same if (reply := self.answers.replies.get(each.id)) is not None]
        if not before and name in self.answers.replies:  # asked by somebody else's file
            replies = [self.answers.replies[name]]
        for reply in replies:
            if isinstance(reply, Answer):
                return reply
        waits = next((each for each in same if each.file not in self._back), None)
        if waits is not None:
            self.waited_for.add(name)
            raise Trouble(
                "waiting",
                "has not come back",
                where=waits.where,
                do=f"Run the file, and put what comes back into {self.folder}",
            )
        for reply in replies:
            if isinstance(reply, Trouble) and (reply.kind == "refused" or len(same) >= _TRIES):
                raise Trouble("refused", reply.what, where=reply.where, do=reply.do)
        if not same:
            self._found += [
                BatchFinding(where=each.where, what=_CHANGED, id=each.id)
                for each in before
                if each.id in self.answers.replies
            ]
        other = self.to_ask.setdefault(name, self._line(request, len(before) + 1) if before else line)
        if other["body"] != line["body"]:
            raise Trouble(
                "refused",
                f"another request is called {printable(name)!r}, too",
                where=str(self.folder),
                do="Give each record an id of its own, and each of its samples a number",
            )
        raise Trouble(
            "waiting", "is to be asked", where=str(self.folder), do="It is written to a file that you run"
        )

    def write(self) -> list[Path]:
        """Writes what is to be asked, in as few files as services take, and forgets it.

        Returns:
            The files that are to be run: the new ones, and those whose answers are waited for.

        Raises:
            OutputError: They cannot be written.
        """
        if self.to_ask:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"the folder cannot be made: {(error.strerror or str(error)).lower()}",
                    where=str(self.folder),
                ) from error
        for part in _parts(list(self.to_ask.items())):
            path = self.folder / f"asked-{self._files + 1}.jsonl"
            write_lines((line for _, line in part), path)
            self._files += 1
            for number, (name, line) in enumerate(part, 1):
                asked = AskedLine(id=line["custom_id"], body=line["body"], where=f"{path}:{number}")
                self._asked.setdefault(name, []).append(_Asked.of(asked, self._files))
                self.waited_for.add(name)
                del self.to_ask[name]
        waited = {
            each.file for name in self.waited_for for each in self._asked[name] if each.file not in self._back
        }
        return [self.folder / f"asked-{number}.jsonl" for number in sorted(waited)]

    async def close(self) -> None:
        """Nothing is open. What is to be asked is written by `write` alone: a run that was interrupted has not asked all of it."""

    def _line(self, request: ChatRequest, times: int) -> dict[str, Any]:
        return request_line(
            request, model=self.model, extra_body=self.extra_body, limit=self._limit, times=times
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A line that was asked: its own id, what it says, where it stands, and in the file of which number."""

    id: str
    digest: str
    where: str
    file: int

    @classmethod
    def of(cls, line: AskedLine, file: int) -> Self:
        return cls(id=line.id, digest=digest_of(line.body), where=line.where, file=file)


def _plain_id(line: AskedLine) -> str:
    """The id of a line's request when it was asked for the first time."""
    try:
        record, sample, hop, _ = read_custom_id(line.id)
    except ValueError:
        return line.id  # somebody else's, which no request of ours has
    return custom_id(ChatRequest(record=record, sample=sample, hop=hop, messages=()))


def _parts(lines: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Lines in parts that a service takes."""
    part: list[tuple[str, dict[str, Any]]] = []
    size = 0
    for name, line in lines:
        length = len(json.dumps(line)) + 1
        if part and (len(part) == _MOST_LINES or size + length > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append((name, line))
        size += length
    if part:
        yield part
