"""Key: what facts were read from, and how."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What facts are kept under: equal keys mean equal facts.

    Attributes:
        kind: What the facts are, such as the name of a view.
        version: Of what reads them; raised whenever old facts stop being right.
        parts: Whatever else they depend on: the hash of the rows, the digest of what was learnt.

    >>> Key(kind="letters", version=2, parts=("sha256:ab", "sha256:cd")).text
    '["letters", 2, "sha256:ab", "sha256:cd"]'
    """

    kind: str
    version: int
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The key in ASCII, one for each key."""
        return json.dumps([self.kind, self.version, *self.parts])

    @property
    def folder(self) -> str:
        """The name of a folder for this kind: whatever the kind is, a name and no path. Kinds may share one."""
        return re.sub("[^a-z0-9]+", "_", self.kind.lower())[:40] or "_"

    @property
    def file(self) -> str:
        """The name of a file for this key, without what says its form."""
        return sha256(self.text.encode()).hexdigest()
