"""Templates: prompts as short files that people read, and replace with their own.

A file is plain text. `{name}` stands for a value; other braces are left as they are. A line of three dashes splits what the system says
from what the user says. Lines that begin with `#` before the first other line are remarks, and not sent. A line of which every name
is empty is left out, with the line above it where that is a heading and ends in a colon: what is not known needs no sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.backends.chats.chat import Message
from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = re.compile(r"\{([a-z_]+)\}")
_SPLIT = re.compile(r"^---[ \t]*$", re.MULTILINE)
_PROMPTS = Path(__file__).parent / "prompts"
_FENCE = '"""'


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A prompt with holes.

    Attributes:
        name: Its file's name without the ending.
        system: What the system says; empty for nothing.
        user: What the user says.
        hash: `sha256:...` of the file.
    """

    name: str
    system: str
    user: str
    hash: str

    @property
    def names(self) -> frozenset[str]:
        """The values that it needs."""
        return frozenset(_NAME.findall(self.system)) | frozenset(_NAME.findall(self.user))

    def messages(
        self, values: Mapping[str, str], turns: Sequence[tuple[Mapping[str, str], str]] = ()
    ) -> tuple[Message, ...]:
        r"""The messages, with values in the place of names; what stands in a value is never read as a name.

        Args:
            values: A value for each of `names`.
            turns: Earlier turns: the values of what was asked, and what was answered.

        Raises:
            InputError: A name has no value.

        >>> template = parse("Say it anew:\n{text}\nIn the style: {style}", name="again")
        >>> template.messages({"text": "a {text}", "style": ""})[0].content
        'Say it anew:\na {text}'
        """
        for name in sorted(self.names - set(values)):
            raise InputError(str(unknown("value", name, sorted(values))), where=f"prompt {self.name}")
        user = Message(role="user", content=_filled(self.user, values))
        before = tuple(
            message
            for asked, answer in turns
            for message in (
                Message(role="user", content=_filled(self.user, asked)),
                Message(role="assistant", content=answer),
            )
        )
        system = _filled(self.system, values)
        return (Message(role="system", content=system), *before, user) if system else (*before, user)


def parse(written: str, *, name: str) -> Template:
    """A template from its text.

    Args:
        written: What stands in the file.
        name: What it is called.

    Raises:
        InputError: It says nothing.
    """
    lines = written.replace("\r\n", "\n").split("\n")
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        lines.pop(0)
    system, split, user = _halves("\n".join(lines))
    if not user.strip():
        raise InputError("the prompt says nothing", where=name, do="Write what the model is asked")
    return Template(
        name=name,
        system=system.strip() if split else "",
        user=user.strip(),
        hash=f"sha256:{sha256(written.encode('utf-8', 'replace')).hexdigest()}",
    )


def read_template(path: str | Path, *, known: Sequence[str]) -> Template:
    """A user's template.

    Args:
        path: Its file.
        known: Names that have a value.

    Raises:
        InputError: It cannot be read, says nothing, or has a name without a value.
    """
    file = Path(path)
    try:
        written = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the prompt cannot be read: {(error.strerror or str(error)).lower()}",
            where=str(file),
            do="Give a text file; its path is read from the folder of the recipe",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("the prompt is no UTF-8 text", where=str(file), do="Save it as UTF-8") from error
    template = parse(written, name=file.stem)
    for name in sorted(template.names - set(known)):
        raise InputError(str(unknown("value", name, sorted(known))), where=str(file))
    return template


@cache
def own_template(name: str) -> Template:
    """A template that comes with holdfast."""
    return parse((_PROMPTS / f"{name}.txt").read_text(encoding="utf-8"), name=name)


def check_template(template: Template, needs: Sequence[str]) -> None:
    """Refuses a template without the names that it is nothing without.

    Raises:
        InputError: One of them is missing.
    """
    for name in needs:
        if name not in template.names:
            raise InputError(
                f"the prompt does not show {{{name}}}",
                where=template.name,
                do=f"Write {{{name}}} where it is to stand",
            )


def quoted(text: str) -> str:
    r"""A text that somebody else wrote, in quotes that it cannot close.

    What stands in a record may read like an instruction. Quotes, and what the prompt says after them, make it less likely to be followed;
    they prevent nothing.

    >>> quoted("where is my card"), quoted('"no"').splitlines()[1]
    ('"where is my card"', '"no"')
    """
    text = text.strip()
    if len(text.splitlines()) <= 1 and '"' not in text:
        return f'"{text}"'
    fence = _FENCE
    while fence in text:
        fence += '"'
    return f"{fence}\n{text}\n{fence}"


def _filled(said: str, values: Mapping[str, str]) -> str:
    """What is said with values in it, less the lines that have nothing to say."""
    kept: list[str] = []
    for line in said.split("\n"):
        if _is_void(line, values):
            if kept and kept[-1].rstrip().endswith(":") and not _NAME.search(kept[-1]):
                kept.pop()
        elif line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    return _NAME.sub(lambda match: values[match[1]], "\n".join(kept)).strip()


def _is_void(line: str, values: Mapping[str, str]) -> bool:
    names = _NAME.findall(line)
    return bool(names) and not any(values[name].strip() for name in names)


def _halves(said: str) -> tuple[str, bool, str]:
    found = _SPLIT.search(said)
    return (said[: found.start()], True, said[found.end() :]) if found else ("", False, said)
