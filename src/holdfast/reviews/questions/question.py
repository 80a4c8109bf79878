"""A question: what is asked of an item, which answers there are, and whether a given one is among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["verdict", "label", "rating", "tags", "which", "note"]
KINDS: tuple[Kind, ...] = get_args(Kind)
VERDICTS = ("accept", "reject", "edit")
SIDES = ("a", "b", "both_good", "both_bad")
"""Answers to `which`, as they are kept: by record, never by the side it stood on."""
EDITED = "edited"
"""Where the text stands that a person wrote in place of the record's own, beside the verdict `edit`."""
_LONGEST_TAG = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer that can be chosen.

    Attributes:
        value: What is kept.
        words: What a person reads.
        key: The key that chooses it, or an empty string where there are more choices than keys.
    """

    value: str | int
    words: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that is asked of every item of a queue.

    Answers are kept as: `verdict` one of `VERDICTS`, `label` the label, `rating` a whole number from 1, `tags` a list of texts,
    `which` one of `SIDES`, `note` a text.

    Attributes:
        name: Its name, by which answers are kept.
        kind: What kind of answer it takes.
        ask: What a person reads.
        choices: Answers to choose from, in their order; none for a note, and the known ones for tags.
        required: Whether an item is decided only with an answer to it.
        free: Whether tags may be others than those to choose from.
        limit: How many characters a note, or the text of an edit, may have.
    """

    name: str
    kind: Kind
    ask: str
    choices: tuple[Choice, ...] = ()
    required: bool = True
    free: bool = False
    limit: int = 20_000

    @property
    def values(self) -> tuple[str | int, ...]:
        """What can be chosen."""
        return tuple(choice.value for choice in self.choices)

    def check(self, value: Any) -> Any:
        """The answer as it is kept.

        Raises:
            InputError: It is no answer to this question.
        """
        if self.kind == "note":
            return self._text(value)
        if self.kind == "tags":
            return self._tags(value)
        if isinstance(value, bool) or value not in self.values:
            known = [str(one) for one in self.values]
            raise InputError(str(unknown("answer", str(value), known)), where=self.name)
        return value

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError("a note is a text", where=self.name)
        if len(value) > self.limit:
            raise InputError(
                f"a note has {self.limit:,} characters at most, not {len(value):,}", where=self.name
            )
        return value

    def _tags(self, value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise InputError("tags are a list of texts", where=self.name)
        found = list(dict.fromkeys(tag.strip() for tag in value))
        for tag in found:
            if not tag or len(tag) > _LONGEST_TAG:
                raise InputError(f"a tag has 1 to {_LONGEST_TAG} characters", where=self.name)
            if not self.free and tag not in self.values:
                raise InputError(str(unknown("tag", tag, [str(one) for one in self.values])), where=self.name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """All that is asked of an item.

    Attributes:
        title: What the whole is about, in a few words.
        guide: What reviewers should know before they begin; may be empty.
        questions: In the order in which they are asked.
    """

    title: str
    guide: str
    questions: tuple[Question, ...]

    def question(self, name: str) -> Question:
        """The question of this name.

        Raises:
            UsageError: There is none; the nearest is told.
        """
        for one in self.questions:
            if one.name == name:
                return one
        raise unknown("question", name, [one.name for one in self.questions])

    def of_kind(self, kind: Kind) -> Question | None:
        """The first question of a kind, or None."""
        return next((one for one in self.questions if one.kind == kind), None)

    def check(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers as they are kept, in the order of the questions; what was not answered is left out.

        Raises:
            InputError: An answer is none, a required one is missing, or an edit has no text.
        """
        names = [one.name for one in self.questions]
        for name in answers:
            if name not in (*names, EDITED):
                raise InputError(str(unknown("question", name, names)))
        kept = {}
        for one in self.questions:
            value = answers.get(one.name)
            if value is None or value in ("", [], ()):
                if one.required:
                    raise InputError("has no answer", where=one.name, do=f"Answer: {one.ask}")
                continue
            kept[one.name] = one.check(value)
        return kept | self._edit(kept, answers.get(EDITED))

    def _edit(self, kept: Mapping[str, Any], text: Any) -> dict[str, str]:
        verdict = self.of_kind("verdict")
        if verdict is None or kept.get(verdict.name) != "edit":
            return {}
        if not isinstance(text, str) or not text.strip():
            raise InputError("an edit has a text", where=verdict.name)
        if len(text) > verdict.limit:
            raise InputError(f"has {verdict.limit:,} characters at most, not {len(text):,}", where=EDITED)
        return {EDITED: text}
