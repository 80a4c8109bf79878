"""Bringing answers back: every one is checked before the first is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.data.hashes import digest_of
from holdfast.errors import HoldfastError, InputError, unknown
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.desk.shown import reviewer_name, to_records
from holdfast.reviews.exchange.argilla import argilla_answers
from holdfast.reviews.exchange.label_studio import label_studio_answers
from holdfast.reviews.exchange.passing import item_of, side_in_tools
from holdfast.reviews.exchange.send import TOOLS
from holdfast.reviews.questions.question import EDITED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.exchange.passing import Returned
    from holdfast.reviews.queues.contract import Item, Queue

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came back.

    Attributes:
        added: Decisions that are new, or say something else than before.
        known: Answers that were there already.
        reviewers: How many answers each person gave.
    """

    added: int
    known: int
    reviewers: dict[str, int]


def bring_answers(
    queue: Queue,
    decisions: Decisions,
    body: Any,
    tool: str,
    *,
    file: str = "answers",
    people: Mapping[str, str] | None = None,
) -> Brought:
    """Keeps the answers that a tool gives back: all of them, or none where one cannot be.

    Several people stay several. The same file twice adds nothing; an answer that was changed in the tool counts in place of the old one.
    A text that was edited in the tool is an edit.

    Args:
        queue: The queue that was sent.
        decisions: Where they are kept.
        body: What the tool wrote, decoded from JSON.
        tool: `argilla` or `label-studio`.
        file: How errors name it.
        people: Names of people here, by what the tool calls them; others are called `tool:name`.

    Raises:
        InputError: An answer is about no item of the queue, about one that was another, or is none of its questions; all are named.
        OutputError: They could not be written.
        UsageError: There is no such tool.
    """
    if tool not in TOOLS:
        raise unknown("tool", tool, list(TOOLS))
    returned = list(
        argilla_answers(body, file) if tool == "argilla" else label_studio_answers(queue, body, file)
    )
    found: list[Decision] = []
    wrong: list[HoldfastError] = []
    theirs: dict[tuple[int, str], str] = {}
    for one in returned:
        try:
            decision = _decision(queue, one, tool, people or {})
            # Several people stay several: two whom the tool tells apart cannot be one here, where the last answer would hide the other.
            if theirs.setdefault((decision.item, decision.reviewer), one.reviewer) != one.reviewer:
                raise InputError(f"two people are called {decision.reviewer!r} here", where=one.where)
        except HoldfastError as error:
            wrong.append(error)
        else:
            found.append(decision)
    if wrong:
        more = f"; and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
        raise InputError(
            f"{len(wrong):,} of {len(returned):,} answers cannot be kept, and none was: "
            + "; ".join(str(error).rstrip(".") for error in wrong[:_NAMED])
            + more,
            where=file,
            do="Send the items of this queue again, or mend the file",
        )
    fresh = _fresh(decisions, found)
    decisions.add_all(fresh)
    reviewers: dict[str, int] = {}
    for decision in found:
        reviewers[decision.reviewer] = reviewers.get(decision.reviewer, 0) + 1
    return Brought(added=len(fresh), known=len(found) - len(fresh), reviewers=dict(sorted(reviewers.items())))


def _decision(queue: Queue, returned: Returned, tool: str, people: Mapping[str, str]) -> Decision:
    item = item_of(queue, returned)
    left = side_in_tools(queue, item.item)
    try:
        answers = queue.questions.check(to_records(queue, _with_edit(queue, item, returned), left))
    except HoldfastError as error:
        raise InputError(str(error), where=returned.where) from error
    pair = queue.shape == "pair"
    seen: dict[str, Any] = {"left": left} if pair else {}
    seen["suggestion"] = "open" if returned.suggested else "none" if item.suggestion is None else "hidden"
    return Decision(
        uuid="",
        item=item.item,
        reviewer=reviewer_name(people.get(returned.reviewer, f"{tool}:{returned.reviewer}")),
        answers=answers,
        seconds=returned.seconds,
        shown=seen | {"tool": tool},
        at=returned.at,
    )


def _with_edit(queue: Queue, item: Item, returned: Returned) -> dict[str, Any]:
    """The answers, with a text that was changed in the tool as the edit that it is."""
    answers = {name: value for name, value in returned.answers.items() if value not in ("", None)}
    verdict = queue.questions.of_kind("verdict")
    said = None if verdict is None else answers.get(verdict.name)
    if said != "edit" and returned.answers.get(EDITED) == item.text:
        answers.pop(EDITED, None)  # the text stood in the box, and nobody touched it
    changed = returned.text is not None and item.text_b is None and returned.text != item.text
    if not changed:
        return answers
    if verdict is None or "edit" not in verdict.values:
        raise InputError("its text was edited, and the queue asks for no edits", where=returned.where)
    if said != "reject":  # a rejected row is out, whatever was tried before
        answers[verdict.name] = "edit"
        answers.setdefault(EDITED, returned.text)
    return answers


def _fresh(decisions: Decisions, found: Sequence[Decision]) -> list[Decision]:
    """Those that say something else than what stands, each named by what it says and how many came before it."""
    standing = {(one.item, one.reviewer): one.answers for one in decisions.standing()}
    before: dict[tuple[int, str], int] = {}
    for event in decisions.all():
        before[event.item, event.reviewer] = before.get((event.item, event.reviewer), 0) + 1
    fresh = []
    for one in found:
        place = (one.item, one.reviewer)
        if standing.get(place) == one.answers:
            continue
        name = digest_of([one.item, one.reviewer, one.answers, before.get(place, 0)])
        fresh.append(
            Decision(
                uuid=f"{one.shown['tool']}:{name.removeprefix('sha256:')[:32]}",
                item=one.item,
                reviewer=one.reviewer,
                answers=one.answers,
                seconds=one.seconds,
                shown=one.shown,
                at=one.at,
            )
        )
        standing[place] = one.answers
        before[place] = before.get(place, 0) + 1
    return fresh
