"""Relations: how close a judge stands to the author of what it judges, as far as anybody has written down."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from holdfast.data.preferences.agents import Agents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from holdfast.data.preferences.agents import Agent

Relation = Literal["same model", "inheritance", "same family", "unrelated", "unknown"]
RELATIONS: tuple[Relation, ...] = ("same model", "inheritance", "same family", "unrelated", "unknown")
"""All there are, closest first."""
RELATED: tuple[Relation, ...] = RELATIONS[:3]
"""Those in which a judge may favour its own."""
# One author unrelated, the other unknown: the pair may hold a relative, so it is not known to be free of one.
_STRONGEST: tuple[Relation, ...] = (*RELATED, "unknown", "unrelated")


def strongest(relations: Iterable[Relation]) -> Relation:
    """The relation that counts where there are several, as of a judge to the authors of both responses.

    >>> strongest(["unrelated", "inheritance"])
    'inheritance'
    >>> strongest(["unrelated", "unknown"])
    'unknown'
    """
    return min(relations, key=_STRONGEST.index, default="unknown")


class Relations:
    """Who descends from whom.

    `inheritance` is descent in any number of steps, by weights or by outputs learned from: one from the other, or both from a
    common one. A name without a revision stands for every revision; two revisions are two models where both are described.

    Args:
        agents: What is known; without it, models are told apart by their names alone.

    >>> from holdfast.data.preferences.agents import Agent
    >>> zephyr = Agent(name="zephyr-7b-beta", trained_on_outputs_of=("gpt-4",))
    >>> known = Relations(Agents(described=(zephyr,)))
    >>> known.relation("GPT-4@0613", "zephyr-7b-beta"), known.relation("gpt-4", "claude-2")
    ('inheritance', 'unknown')
    """

    def __init__(self, agents: Agents | None = None) -> None:
        self._agents = agents or Agents()
        self._described = {_fold(one.name): one for one in self._agents.described}
        self._revisions: dict[str, list[str]] = {}
        for name in self._described:
            self._revisions.setdefault(_plain(name), []).append(name)
        self._of: Callable[[str, str], Relation] = cache(self._find)

    def __len__(self) -> int:
        return len(self._described)

    def relation(self, judge: str | None, author: str | None) -> Relation:
        """How two agents are related; the order makes no difference.

        Args:
            judge: An agent, `name` or `name@revision`; None where unknown.
            author: Another, or the same.
        """
        if not judge or not author:
            return "unknown"
        one, other = sorted((_fold(judge), _fold(author)))
        return self._of(one, other)

    def related_to(self, teacher: str, authors: Iterable[str] | None = None) -> frozenset[str]:
        """Those that are the teacher, inherit from it or with it, or are of its family.

        Args:
            teacher: An agent.
            authors: Who is asked about; without them, all agents that the file names.
        """
        asked = self._named() if authors is None else authors
        return frozenset(author for author in asked if self.relation(teacher, author) in RELATED)

    def is_known(self, name: str) -> bool:
        """Whether an agent, or a revision of it, is described."""
        return bool(self._nodes(_fold(name)) & self._described.keys())

    def _named(self) -> list[str]:
        found: dict[str, str] = {}
        for one in self._agents.described:
            for name in (one.name, *one.initialised_from, *one.trained_on_outputs_of):
                found.setdefault(_fold(name), name)
        return list(found.values())

    def _nodes(self, name: str) -> set[str]:
        """What a name stands for: itself; else the name without its revision; else every revision of it."""
        if name in self._described:
            return {name}
        plain = _plain(name)
        if plain in self._described:
            return {plain}
        if name == plain and plain in self._revisions:
            return set(self._revisions[plain])
        return {plain}

    def _find(self, one: str, other: str) -> Relation:
        first, second = self._nodes(one), self._nodes(other)
        if first & second:
            return "same model"
        up, down = self._above(first, by_weights=False), self._above(second, by_weights=False)
        if (first | up) & (second | down):
            return "inheritance"
        if self._families(first) & self._families(second) or _plain(one) == _plain(other):
            return "same family"
        known = first & self._described.keys() and second & self._described.keys()
        return "unrelated" if known else "unknown"

    def _above(self, nodes: set[str], *, by_weights: bool) -> set[str]:
        """Everything that these descend from; a circle is walked once."""
        found: set[str] = set()
        waiting = list(nodes)
        while waiting:
            described = self._described.get(waiting.pop())
            if described is None:
                continue
            for parent in _parents(described, by_weights=by_weights):
                new = self._nodes(_fold(parent)) - found
                found |= new
                waiting += new
        return found

    def _families(self, nodes: set[str]) -> set[str]:
        """Families of these, and of the models whose weights they began with."""
        all_ = nodes | self._above(nodes, by_weights=True)
        families = (self._described[name].family for name in all_ if name in self._described)
        return {family.casefold() for family in families if family}


def _parents(agent: Agent, *, by_weights: bool) -> tuple[str, ...]:
    return agent.initialised_from if by_weights else (*agent.initialised_from, *agent.trained_on_outputs_of)


def _fold(name: str) -> str:
    return name.strip().casefold()


def _plain(name: str) -> str:
    return name.partition("@")[0]
