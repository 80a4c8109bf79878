"""Asking: the models of a recipe, with one budget and one store of answers, through one place that every request passes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from holdfast.backends.chats.asker import Asker, Endpoint
from holdfast.backends.chats.budget import Budget, Price
from holdfast.backends.chats.opening import open_chat
from holdfast.backends.chats.store import AnswerStore
from holdfast.backends.chats.together import each, run
from holdfast.backends.chats.traffic import Traffic
from holdfast.errors import Waiting
from holdfast.measures.reading import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from types import TracebackType

    from holdfast.backends.chats.batch_files import BatchFinding
    from holdfast.backends.chats.chat import Chat
    from holdfast.remedies.generate.contract import Made
    from holdfast.remedies.generate.recipe import ModelRecipe, Recipe


_LISTED = 3


@dataclass(slots=True, kw_only=True)
class Asking:
    """Who is asked, over all rounds of a run.

    Attributes:
        recipe: The recipe.
        chats: Models by the recipe's name for them.
        store: Answers and the ledger; None where nobody is asked.
        batch: A folder of batch files in place of servers, or None.
        counts: What was sent and what came of it, over all rounds of this process.
        failed: How requests failed.
        batch_findings: What is not as it should be in what came back in files, each once.
    """

    recipe: Recipe
    chats: dict[str, Chat]
    store: AnswerStore | None
    batch: Path | None
    counts: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    batch_findings: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Recipe, *, cache: str | Path | None, run: str, batch: str | Path | None) -> Asking:
        """Open the models of a recipe.

        Args:
            recipe: The recipe.
            cache: The file of answers, or None for memory.
            run: Digest of the run.
            batch: A folder of batch files in place of servers, or None.

        Raises:
            InputError: A model or the file of answers cannot be used.
            UsageError: A URL is none.
            MissingExtra: A package is missing.
        """
        folder = None if batch is None else Path(batch)
        if not any(one.method.asks for one in recipe.methods):
            return cls(recipe=recipe, chats={}, store=None, batch=folder)
        chats = {one.name: _chat(one, folder) for one in recipe.models}
        store = AnswerStore(None if cache is None else Path(cache), run=run)
        return cls(recipe=recipe, chats=chats, store=store, batch=folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.store is not None:
            self.store.close()

    def each(
        self,
        items: Sequence[Any],
        work: Callable[[Any, Asker], Awaitable[Made]],
        done: Callable[[Made], None],
    ) -> None:
        """Works on items, as many at a time as the models allow.

        Args:
            items: What is worked on.
            work: Makes a row of one; it asks through what it is handed.
            done: Takes each row.
        """
        assert self.store is not None  # noqa: S101 - for the type checker: whoever has prompts has models
        budget = Budget(
            requests=self.recipe.requests,
            tokens=self.recipe.tokens,
            cost=None if self.recipe.cost is None else str(self.recipe.cost),
        )
        # Connections belong to an event loop, and a loop to one call: servers are opened anew, models of this process are not.
        chats = {
            one.name: _chat(one, self.batch)
            if isinstance(one.model, str) and "://" in one.model
            else self.chats[one.name]
            for one in self.recipe.models
        }
        endpoints = {
            one.name: Endpoint(
                chat=chats[one.name],
                parallel=one.parallel,
                price=_price(one),
            )
            for one in self.recipe.models
        }
        store = self.store

        async def go() -> None:
            async with Asker(endpoints, store, budget, seed=self.recipe.seed) as asker:
                try:
                    await each(
                        items,
                        lambda item: work(item, asker),
                        width=sum(one.parallel for one in self.recipe.models),
                        done=done,
                    )
                finally:
                    self._count(asker)

        run(go())
        self._wait(chats.values())

    def told(self) -> dict[str, Any]:
        """What this process asked, and what came of it; and requests that were on their way when an earlier one was killed."""
        if self.store is None:
            return {}
        nothing = Traffic().plain()
        return {
            name: count + self.counts[name] for name, count in nothing.items() if isinstance(count, int)
        } | {
            "lost_before": self.store.unsettled(),
            "failed": dict(sorted(self.failed.items())),
            "batch_findings": list(self.batch_findings),
        }

    def providers(self) -> dict[str, str]:
        """Who runs each model, by the recipe's name for it."""
        return {name: chat.provider for name, chat in self.chats.items()}

    def spent(self) -> dict[str, float | None]:
        """Requests, tokens and cost so far, over all processes that worked on this run."""
        if self.store is None:
            return {"requests": 0.0, "tokens": 0.0, "cost": None}
        found = self.store.spent()
        priced = all(
            one.price_input is not None and one.price_output is not None for one in self.recipe.models
        )
        return {
            "requests": float(found.requests),
            "tokens": float(found.input_tokens + found.output_tokens),
            "cost": found.cost_nano / 1e9 if priced else None,
        }

    @property
    def untold(self) -> int:
        """Requests that may have cost tokens of which nobody told."""
        return 0 if self.store is None else self.store.spent().unknown

    def _wait(self, chats: Iterable[Chat]) -> None:
        """Writes what is to be asked elsewhere.

        Raises:
            Waiting: There is some.
        """
        from holdfast.backends.chats.batches import BatchChat

        asked = [chat for chat in chats if isinstance(chat, BatchChat)]
        for chat in asked:
            self.batch_findings |= {_told(one): None for one in chat.findings}
        files = [file for chat in asked for file in chat.write()]
        if files:
            names = ", ".join(str(file) for file in files[:_LISTED]) + (
                f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
            )
            raise Waiting(
                f"{counted(len(files), 'batch file')} {'waits' if len(files) == 1 else 'wait'} to be answered: {names}{self._found()}",
                do="Run them, put what comes back beside them as another .jsonl, and repeat the same command",
            )

    def _found(self) -> str:
        """What is not as it should be in what came back, for those who wait: there is no report yet."""
        if not self.batch_findings:
            return ""
        more = len(self.batch_findings) - 1
        return f". What came back: {next(iter(self.batch_findings))}" + (
            f", and {more:,} more" if more else ""
        )

    def _count(self, asker: Asker) -> None:
        plain = asker.tally.plain()
        self.failed.update(plain.pop("failed"))
        self.counts.update({name: count for name, count in plain.items() if isinstance(count, int)})


def _told(one: BatchFinding) -> str:
    return f"{one.where}: {one.what}" + ("" if one.id is None else f" ({one.id})")


def _price(one: ModelRecipe) -> Price | None:
    if one.price_input is None or one.price_output is None:
        return None
    # As it was written: 0.15 is no binary fraction.
    return Price(input=repr(one.price_input), output=repr(one.price_output))


def _chat(one: ModelRecipe, batch: Path | None) -> Chat:
    if not isinstance(one.model, str):
        return one.model
    if batch is not None:
        from holdfast.backends.chats.batches import BatchChat

        return BatchChat.of(
            batch, model=one.model_name or one.name, name=one.name, extra_body=dict(one.extra_body)
        )
    return open_chat(
        one.model,
        name=one.model_name,
        key=one.key,
        headers=dict(one.headers),
        extra_body=dict(one.extra_body),
        seconds=one.seconds,
        parallel=one.parallel,
    )
