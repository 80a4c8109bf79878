"""Words of blocks: read from the rows once, kept on disk, and read back as often as somebody asks."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from holdfast.backends.store import Key, Store
from holdfast.views.phrases import cut_out
from holdfast.views.streaming.digest import digest_of
from holdfast.views.tokens import Tokens, read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.data import Records
    from holdfast.views.phrases import PhraseTable

_NOWHERE = Store(None, bound=0)
_ARRAYS = ("words", "row_starts", "begins", "ends")


class BlockReader(Protocol):
    """Reads the rows of a block, wherever it is."""

    def read(self, block: Any) -> Records:
        """Its rows."""
        ...

    def digest(self, block: Any) -> str:
        """A hash of what they are read from, and of how."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockText:
    """What a block says.

    Attributes:
        texts: Texts as given.
        answers: int64 [n], where in each text the answer to a prompt begins, -1 without a prompt.
        words: Its words as they were written.
    """

    texts: Sequence[str]
    answers: NDArray[np.int64]
    words: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWords:
    """The words of blocks, for jobs that ask for them.

    Attributes:
        reader: Reads rows.
        store: Keeps their words between two jobs; where it keeps nothing, rows are read again.
        facts: Keeps what is read of the words, between two audits; None keeps nothing.
        cut: Templates that are cut out, or None.
    """

    KIND: ClassVar[str] = "words"
    VERSION: ClassVar[int] = 1

    reader: BlockReader
    store: Store
    facts: Store | None = None
    cut: PhraseTable | None = None

    def text(self, block: Any) -> BlockText:
        """What a block says."""
        found = self.store.get(self._key(block))
        if found is None:
            return self.keep(block, self.reader.read(block))
        words = Tokens(
            folded=tuple(found["folded"]),
            truncated=int(found["truncated"][0]),
            **{name: found[name] for name in _ARRAYS},
        )
        return BlockText(texts=found["texts"], answers=found["answers"], words=words)

    def tokens(self, block: Any) -> Tokens:
        """The words that are left of a block when templates are cut out."""
        return self.cut_out(self.text(block).words)

    def cut_out(self, words: Tokens) -> Tokens:
        """These words without templates."""
        return words if self.cut is None else cut_out(words, self.cut)

    def keep(self, block: Any, records: Records) -> BlockText:
        """Cut the rows of a block into words, and keep them."""
        texts = records.texts
        answers = np.full(len(texts), -1, np.int64)
        if records.answers is not None:
            answers[:] = [-1 if at is None else at for at in records.answers]
        words = read_tokens(texts)
        facts = {name: getattr(words, name) for name in _ARRAYS}
        facts |= {"folded": words.folded, "texts": texts, "answers": answers}
        facts |= {"truncated": np.array([words.truncated])}
        self.store.put(self._key(block), facts)
        return BlockText(texts=texts, answers=answers, words=words)

    def key(self, kind: str, version: int, block: Any, *parts: str) -> Key:
        """What facts of a block are kept under that were read of its words, templates cut out.

        Args:
            kind: What the facts are.
            version: Of what reads them.
            block: The block.
            parts: Digests of what they were read with.
        """
        return Key(kind=kind, version=version, parts=(self.reader.digest(block), self.cut_digest, *parts))

    @property
    def cut_digest(self) -> str:
        """The digest of the templates that are cut out."""
        cut = self.cut
        return "" if cut is None else digest_of((cut.key, cut.words, cut.place))

    @property
    def shelf(self) -> Store:
        """Where facts are kept."""
        return _NOWHERE if self.facts is None else self.facts

    def without_templates(self, cut: PhraseTable) -> BlockWords:
        """The same, templates cut out."""
        return replace(self, cut=cut)

    def _key(self, block: Any) -> Key:
        return Key(kind=self.KIND, version=self.VERSION, parts=(self.reader.digest(block),))


def plain(found: Any) -> dict[str, Any]:
    """The fields of a dataclass of arrays, to be sent or kept."""
    return {field.name: getattr(found, field.name) for field in fields(found)}
