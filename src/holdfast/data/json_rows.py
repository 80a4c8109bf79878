"""JSON files as rows: one value per line, or one array."""

from __future__ import annotations

import json
import re
from typing import IO, TYPE_CHECKING, Any

import msgspec

from holdfast.data.rows import CHUNK_ROWS, RowError
from holdfast.errors import InputError

if TYPE_CHECKING:
    from holdfast.data.rows import Chunk, Chunks

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_DECODE = msgspec.json.Decoder().decode
_AT_BYTE = re.compile(r" \(byte (\d+)\)$")
# Python turns at most 4,300 digits into a number (sys.set_int_max_str_digits); longer ones stay text.
_MOST_DIGITS = 4300
_CHUNK_BYTES = 2**20
_BLANK = object()


def json_lines(file: IO[bytes], *, line: int = 1, offset: int = 0) -> Chunks:
    """One value per line; blank lines are passed over.

    Args:
        file: The bytes: a file, or a part of one that begins with a line.
        line: The number of the first line in the whole file.
        offset: Where in the whole file that line begins.
    """
    while lines := file.readlines(_CHUNK_BYTES):
        size = sum(map(len, lines))
        begin = offset
        if offset == 0:
            check_not_utf16(lines[0])
            if lines[0].startswith(_BOM):  # the mark is no part of the line
                lines[0] = lines[0][3:]
                begin = 3
        try:
            yield range(line, line + len(lines)), [_DECODE(raw) for raw in lines]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield _one_by_one(lines, line, begin)
        line += len(lines)
        offset += size


def _one_by_one(lines: list[bytes], line: int, offset: int) -> Chunk:
    """Lines of which one at least is blank or broken."""
    numbers: list[int] = []
    values: list[Any] = []
    for number, raw in enumerate(lines, start=line):
        try:
            value = _DECODE(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            value = _second_look(raw, error, offset) if raw.strip() else _BLANK
        if value is not _BLANK:
            numbers.append(number)
            values.append(value)
        offset += len(raw)
    return numbers, values


def json_array(file: IO[bytes]) -> Chunks:
    """The elements of one array, which is decoded whole.

    Raises:
        InputError: The file is no JSON array.
    """
    rows = array_values(file.read())
    for start in range(0, len(rows), CHUNK_ROWS):
        part = rows[start : start + CHUNK_ROWS]
        yield range(start + 1, start + 1 + len(part)), part


def array_values(content: bytes) -> list[Any]:
    """The elements of a JSON array.

    Raises:
        InputError: The content is no JSON array.
    """
    check_not_utf16(content)
    content = content.removeprefix(_BOM)
    try:
        rows = _DECODE(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        rows = _second_look(content, error, 0)
    if isinstance(rows, RowError):
        do = "Mend the file: an array cannot be read in part; JSON Lines can"
        raise InputError(rows.what, do=do if "encoding" not in rows.what else rows.do) from rows
    if isinstance(rows, dict):
        keys = ", ".join(list(rows)[:8])
        raise InputError(
            f"the file is one JSON object with the members {keys}, not a list of rows",
            do="Save the list of rows as a JSON array, or as JSON Lines with one object per line",
        )
    if not isinstance(rows, list):
        raise InputError("the file is one JSON value, not a list of rows", do="Save the rows as JSON Lines")
    return rows


def check_not_utf16(start: bytes) -> None:
    """Raises `InputError` where the first bytes are the mark of UTF-16."""
    if start.startswith(_UTF16_BOMS):
        raise InputError(
            "the file is UTF-16, not UTF-8",
            do="Save it as UTF-8, for example with: iconv -f UTF-16 -t UTF-8 old > new",
        )


def not_utf8(error: UnicodeDecodeError, offset: int) -> RowError:
    """Says where the first byte is that is not UTF-8, counted from the start of the file."""
    byte = error.object[error.start]
    return RowError(
        f"the encoding is not UTF-8: byte 0x{byte:02x} at byte offset {offset + error.start} of the file",
        do="Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8 old > new",
    )


def _second_look(raw: bytes, error: Exception, offset: int) -> Any:
    """The value of a line that the fast decoder refused, or what is wrong with it."""
    if isinstance(error, RecursionError):
        return RowError("the JSON is nested too deeply to be read")
    try:
        raw.decode()
    except UnicodeDecodeError as first:
        return not_utf8(first, offset)
    if isinstance(error, msgspec.ValidationError):  # numbers out of range
        try:
            return json.loads(raw, parse_int=_integer, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return RowError(f"broken JSON: {error}")
    if b"\0" in raw:
        return RowError(f"a raw NUL byte at column {raw.index(0) + 1}")
    return RowError(_broken(raw, str(error)))


def _broken(raw: bytes, reason: str) -> str:
    if "surrogate" in reason or (re.search(rb"\\u[dD][89a-bA-B]", raw) and _has_lone_surrogate(raw)):
        return (
            "broken JSON: half of a surrogate pair (\\ud800 to \\udfff) stands alone, which is no character"
        )
    if "truncated" in reason:
        return f"broken JSON: it ends too early, at column {len(raw.rstrip()) + 1}"
    at = _AT_BYTE.search(reason)
    if at is None:
        return f"broken JSON: {reason}"
    position = int(at[1])
    reason = reason.removeprefix("JSON is malformed: ")[: -len(at[0]) or None]
    if re.match(rb"-?(NaN|Infinity)|aN|nfinity", raw[position:]):
        reason = "NaN and Infinity are not JSON; write null"
    before = raw[:position]
    column = len(before.rsplit(b"\n", 1)[-1].decode(errors="replace")) + 1
    if b"\n" in before:
        return f"broken JSON: {reason} (line {before.count(10) + 1}, column {column})"
    return f"broken JSON: {reason} (column {column})"


def _has_lone_surrogate(raw: bytes) -> bool:
    # The standard library reads half pairs; UTF-8 cannot write them.
    try:
        json.dumps(json.loads(raw), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else f"holdfast:int:{digits}"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
