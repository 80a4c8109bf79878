"""Agents: which model descends from which, as a file of ours tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.data.toml import check_known, read_toml, text_of
from holdfast.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

_KEYS = ("family", "initialised_from", "trained_on_outputs_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A model and where it comes from. What is left out is known to be nothing.

    Attributes:
        name: Its name, `name` or `name@revision`.
        family: Its family; None where it has none.
        initialised_from: The models whose weights it began with.
        trained_on_outputs_of: The models whose outputs or labels it learned from.
    """

    name: str
    family: str | None = None
    initialised_from: tuple[str, ...] = ()
    trained_on_outputs_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Models that are described.

    Attributes:
        described: Each once; names differ in more than their case.
        file: Where they were read; None for values from memory.
    """

    described: tuple[Agent, ...] = field(default=())
    file: str | None = None

    def __len__(self) -> int:
        return len(self.described)


def read_agents(path: str | os.PathLike[str]) -> Agents:
    """Read a file of agents: a table for each, named by the agent.

    Args:
        path: A TOML file; a name with a dot or an `@` stands in quotes.

    Raises:
        InputError: It cannot be read, holds a key that does not exist, or names an agent twice.
    """
    file = Path(path)
    _, values = read_toml(file, "file of agents")
    described: dict[str, Agent] = {}
    for name, table in values.items():
        where = f"{file}: [{name!r}]"
        if not isinstance(table, dict):
            raise InputError(
                f"{name!r} is no agent: an agent is a table",
                where=str(file),
                do=f'Write ["{name}"] above its keys, in quotes where the name has a dot or an @',
            )
        agent = _agent(name.strip(), table, where)
        before = described.setdefault(agent.name.casefold(), agent)
        if before is not agent:
            raise InputError(
                f"it is the same agent as {before.name!r}: names are read without regard to case",
                where=where,
                do="Describe it once",
            )
    return Agents(described=tuple(described.values()), file=str(file))


def _agent(name: str, table: Mapping[str, Any], where: str) -> Agent:
    if not name.partition("@")[0]:
        raise InputError("an agent has a name", where=where, do='Write ["name"] or ["name@revision"]')
    # `[zephyr-7b.beta]` without quotes is a table within a table.
    inner = [key for key, value in table.items() if isinstance(value, dict) and key not in _KEYS]
    if inner:
        raise InputError(
            f"holds another table {inner[0]!r}",
            where=where,
            do=f'A name with a dot stands in quotes: ["{name}.{inner[0]}"]',
        )
    check_known(table, _KEYS, where)
    family = text_of(table, "family", where)
    return Agent(
        name=name,
        family=(family or "").strip() or None,
        initialised_from=_names(table, "initialised_from", where),
        trained_on_outputs_of=_names(table, "trained_on_outputs_of", where),
    )


def _names(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    given = table.get(key, [])
    if not isinstance(given, list) or not all(isinstance(one, str) and one.strip() for one in given):
        raise InputError(f"{key} is a list of names", where=where, do=f'Write {key} = ["name@revision"]')
    return tuple(dict.fromkeys(one.strip() for one in given))
