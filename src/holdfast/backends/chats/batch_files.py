"""Batch files: requests as lines that anybody may run, and the answers that come back, in the form of OpenAI's batch API.

`vllm run-batch` and most batch services take the same files. A request is known by its `custom_id`, `<record>:<sample>`; on a later
step of a record's making `<record>#<hop>:<sample>`, and where it is asked again `<record>#<hop>.<times>:<sample>`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from holdfast.backends.chats.chat import Answer, ChatRequest, Trouble, plain_parameters
from holdfast.backends.chats.reading import plain, read_answer, said_in
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.backends.encoders.names import printable
from holdfast.data.write import write_atomic
from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from holdfast.backends.chats.chat import Kind

_PLACE = "/v1/chat/completions"
_LONGEST = 2**26
"""Bytes of a line (64 MiB): no chat answers with more, and lines are held in memory."""
_HOP = re.compile(r"(?P<record>.*)#(?P<hop>[0-9]+)(?:\.(?P<times>[0-9]+))?", re.DOTALL)
NEW_LIMIT = "max_completion_tokens"
"""What OpenAI calls `max_tokens` for models that think."""


def custom_id(request: ChatRequest, *, times: int = 1) -> str:
    """By what a request and its answer find each other.

    Args:
        request: The request.
        times: How often it has been asked, with this time: what comes back for another time must not be taken for this one's.

    >>> custom_id(ChatRequest(record="r-17", sample=2, messages=())), custom_id(ChatRequest(record="a:b", hop=1, messages=()))
    ('r-17:2', 'a:b#1:0')
    >>> custom_id(ChatRequest(record="r#1", messages=()))  # not to be taken for the second step of r
    'r#1#0:0'
    """
    record = whole_characters(request.record)
    again = f".{times}" if times > 1 else ""
    hop = f"#{request.hop}{again}" if request.hop or again or _HOP.fullmatch(record) else ""
    return f"{record}{hop}:{request.sample}"


def read_custom_id(said: str) -> tuple[str, int, int, int]:
    """Record, sample, hop, and which time it was asked.

    Raises:
        ValueError: It has not this form.

    >>> read_custom_id("a:b#1:0"), read_custom_id("r#1#0.2:0")
    (('a:b', 0, 1, 1), ('r#1', 0, 0, 2))
    """
    record, colon, sample = said.rpartition(":")
    if not colon or not (sample.isascii() and sample.isdigit()):
        raise ValueError(f"{said!r:.80} is no <record>:<sample>")
    found = _HOP.fullmatch(record)
    if found is None:
        return record, int(sample), 0, 1
    return found["record"], int(sample), int(found["hop"]), int(found["times"] or 1)


def request_line(
    request: ChatRequest,
    *,
    model: str,
    extra_body: Mapping[str, Any] | None = None,
    limit: str = "max_tokens",
    times: int = 1,
) -> dict[str, Any]:
    """A request as a line of a batch file.

    Args:
        request: The request.
        model: What whoever runs it calls the model.
        extra_body: What every request says beside messages and parameters.
        limit: What `max_tokens` is called.
        times: How often it has been asked, with this time.
    """
    values = dict(plain_parameters(request.parameters))
    if "max_tokens" in values:
        values[limit] = values.pop("max_tokens")
    messages = [
        {"role": each["role"], "content": whole_characters(each["content"])}
        for each in request.plain_messages()
    ]
    body = {"model": model, "messages": messages, **values, **(extra_body or {})}
    return {"custom_id": custom_id(request, times=times), "method": "POST", "url": _PLACE, "body": body}


def write_batch(
    requests: Iterable[ChatRequest], path: Path, *, model: str, extra_body: Mapping[str, Any] | None = None
) -> int:
    """Writes requests as a batch file, whole or not at all.

    Args:
        requests: No two of the same record, sample and hop.
        path: The file.
        model: What whoever runs it calls the model.
        extra_body: What every request says beside messages and parameters.

    Returns:
        How many.

    Raises:
        InputError: Two requests are the same one.
        OutputError: The file cannot be written.
    """
    return write_lines((request_line(each, model=model, extra_body=extra_body) for each in requests), path)


def write_lines(lines: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Writes lines of requests; their number.

    Raises:
        InputError: Two of them have one `custom_id`.
        OutputError: The file cannot be written.
    """
    known: set[str] = set()
    with write_atomic(path) as file:
        for line in lines:
            if line["custom_id"] in known:
                raise InputError(
                    f"two requests are called {printable(line['custom_id'])!r}, and their answers could not be told apart",
                    where=str(path),
                    do="Give each record an id of its own, and each of its samples a number",
                )
            known.add(line["custom_id"])
            file.write(json.dumps(line).encode() + b"\n")
    return len(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinding:
    """Something in a batch file that is not as it should be.

    Attributes:
        where: `file:line`.
        what: What it is.
        id: The `custom_id`, where one is known.
    """

    where: str
    what: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswers:
    """What came back.

    Attributes:
        replies: By `custom_id`: an answer, or what went wrong.
        findings: What is damaged, doubled, missing or an error, with its place.
    """

    replies: Mapping[str, Answer | Trouble] = field(default_factory=dict)
    findings: tuple[BatchFinding, ...] = ()

    def of(self, request: ChatRequest) -> Answer | Trouble | None:
        """What came back for a request; None for nothing."""
        return self.replies.get(custom_id(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """A request as it stands in a batch file.

    Attributes:
        id: Its `custom_id`.
        body: What is asked.
        where: `file:line`.
    """

    id: str
    body: Mapping[str, Any]
    where: str


def read_batch(*paths: Path, asked: Iterable[AskedLine] | None = None) -> BatchAnswers:
    """Reads what came back, in whatever order and over however many files: a service keeps errors in one of their own.

    Args:
        paths: The files.
        asked: What was asked, as `read_asked` has it: then what is missing, and what nobody asked, is found as well.

    Returns:
        Answers, and what is not as it should be. Of several lines with one `custom_id` the first answer counts.

    Raises:
        InputError: A file cannot be read at all.
    """
    replies: dict[str, Answer | Trouble] = {}
    places: dict[str, str] = {}
    findings: list[BatchFinding] = []
    for path in paths:
        for where, line in _lines(path):
            name = line.get("custom_id") if isinstance(line, dict) else None
            if not isinstance(name, str) or not name:
                what = line if isinstance(line, str) else "the line has no custom_id"
                findings.append(BatchFinding(where=where, what=what))
                continue
            name = whole_characters(name)
            reply = _reply(line, where)
            if isinstance(reply, Trouble):
                findings.append(BatchFinding(where=where, what=reply.what, id=name))
            known = replies.get(name)
            if known is not None:
                what = f"is there already ({places[name]}); the first answer counts"
                findings.append(BatchFinding(where=where, what=what, id=name))
            if known is None or (isinstance(known, Trouble) and isinstance(reply, Answer)):
                replies[name], places[name] = reply, where
    if asked is not None:
        wanted = list(asked)
        known_ids = {line.id for line in wanted}
        findings += missing(wanted, replies)
        findings += [
            BatchFinding(where=where, what="was asked by nobody", id=name)
            for name, where in places.items()
            if name not in known_ids
        ]
    return BatchAnswers(replies=replies, findings=tuple(findings))


def missing(asked: Iterable[AskedLine], replies: Mapping[str, Answer | Trouble]) -> list[BatchFinding]:
    """What was asked, and did not come back."""
    what = "was asked, and nothing came back"
    return [BatchFinding(where=line.where, what=what, id=line.id) for line in asked if line.id not in replies]


def read_asked(path: Path) -> list[AskedLine]:
    """Reads a file of requests.

    Raises:
        InputError: It cannot be read, or a line of it is no request.
    """
    found = []
    for where, line in _lines(path):
        body = line.get("body") if isinstance(line, dict) else None
        name = line.get("custom_id") if isinstance(line, dict) else None
        if not isinstance(body, dict) or not isinstance(name, str):
            raise InputError(
                "the line is no request of a batch",
                where=where,
                do="Restore the file: it says what was asked; or remove it, and all is asked again",
            )
        found.append(AskedLine(id=name, body=body, where=where))
    return found


def _reply(line: Mapping[str, Any], where: str) -> Answer | Trouble:
    """What one line says: an error, a response with status and body, or a response that is the body."""
    error, response = line.get("error"), line.get("response")
    if not isinstance(response, dict):
        if error:
            said, code = said_in({"error": error})
            kind: Kind = "refused" if code in ("invalid_request", "invalid_request_error") else "unavailable"
            return Trouble(kind, f"is an error: {_shown(said or code)}", where=where)
        return Trouble("unreadable", "the line has neither a response nor an error", where=where)
    if "body" not in response:
        return read_answer(response, where=where)
    body, status = response["body"], _status(response.get("status_code"))
    if status is None or 200 <= status < 300:
        return read_answer(body, where=where)
    said, code = said_in(body)
    said = said or (said_in({"error": error})[0] if error else "") or code
    return Trouble(_kind(status), f"failed with status {status}: {_shown(said)}", where=where)


def _kind(status: int) -> Kind:
    known: dict[int, Kind] = {429: "limited", 401: "key", 403: "key", 404: "missing", 408: "timeout"}
    return known.get(status, "refused" if 400 <= status < 500 else "unavailable")


def _status(said: object) -> int | None:
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) == 3:
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _shown(said: str) -> str:
    return printable(whole_characters(said), limit=200) or "it does not say why"


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    """`file:line` and the line's value; a text in its place where it cannot be read. Blank lines are passed over."""
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(_LONGEST):
                number += 1
                where = f"{path}:{number}"
                if len(raw) == _LONGEST and not raw.endswith(b"\n"):
                    _skip(file)
                    yield where, f"the line has more than {_LONGEST // 2**20} MiB"
                elif raw.strip(b"\xef\xbb\xbf \t\r\n"):
                    try:
                        yield where, plain(raw)
                    except ValueError:
                        yield where, "the line is no JSON, or was cut off"
    except OSError as error:
        raise InputError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", where=str(path)
        ) from error


def _skip(file: IO[bytes]) -> None:
    while (rest := file.readline(2**20)) and not rest.endswith(b"\n"):
        pass
