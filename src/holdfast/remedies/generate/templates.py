"""Templates: prompts as short files that people read, and replace with their own.

A file is plain text. `{name}` stands for a value; other braces are left as they are. A line of three dashes splits what the system says
from what the user says. Lines that begin with `#` before the first other line are remarks, and not sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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

    def messages(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        r"""The messages, with values in the place of names; what stands in a value is never read as a name.

        >>> template = parse("Say it anew:\n{text}", name="again")
        >>> template.messages({"text": "a {text}"})[0].content
        'Say it anew:\na {text}'
        """

        def filled(said: str) -> str:
            return _NAME.sub(lambda match: values[match[1]], said).strip()

        user = Message(role="user", content=filled(self.user))
        system = filled(self.system)
        return (Message(role="system", content=system), user) if system else (user,)


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
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the prompt cannot be read: {error}", where=str(file)) from error
    template = parse(written, name=file.stem)
    for name in sorted(template.names - set(known)):
        raise InputError(str(unknown("value", name, sorted(known))), where=str(file))
    return template


def own_template(name: str) -> Template:
    """A template that comes with holdfast."""
    return parse((_PROMPTS / f"{name}.txt").read_text(encoding="utf-8"), name=name)


def _halves(said: str) -> tuple[str, bool, str]:
    found = _SPLIT.search(said)
    return (said[: found.start()], True, said[found.end() :]) if found else ("", False, said)
