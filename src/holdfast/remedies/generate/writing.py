"""Writing: a draft becomes a row, question by question. Every request passes one place, which knows what was asked before."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from holdfast.backends.chats.chat import Answer, ChatRequest, Failed
from holdfast.backends.encoders.distinct import whole_characters
from holdfast.data.lineage.imports.fact import prompt_id
from holdfast.data.lineage.schema import joined_licenses
from holdfast.errors import BackendError
from holdfast.remedies.generate.answers import read_answer
from holdfast.remedies.generate.contract import Call, Made
from holdfast.remedies.generate.templates import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.backends.chats.asker import Asker
    from holdfast.backends.chats.chat import Chat
    from holdfast.remedies.generate.asking import Asking
    from holdfast.remedies.generate.contract import Draft, Wish
    from holdfast.remedies.generate.draws import Draws
    from holdfast.remedies.generate.echoes import Echoes
    from holdfast.remedies.generate.recipe import Recipe

ECHO = "echo"


def write_rows(
    drafts: Sequence[tuple[Wish, Draft | None]],
    asking: Asking,
    recipe: Recipe,
    draws: Draws,
    *,
    shown: Sequence[str],
    echoes: Echoes,
    prompts: dict[str, list[dict[str, str]]],
    progress: Callable[[int, int], None],
) -> list[Made]:
    """Makes rows.

    Args:
        drafts: How each is made.
        asking: Who asks models.
        recipe: The recipe.
        draws: How parameters are drawn in this round.
        shown: Real rows, for what form a row has.
        echoes: Finds answers that say the prompt again.
        prompts: Gets the messages of every prompt, by its id.
        progress: Called with rows done, and all.

    Returns:
        The rows, in the order of the drafts.
    """
    found: dict[str, Made] = {}
    plain = [(wish, draft) for wish, draft in drafts if draft is None or not draft.hops]
    for wish, draft in plain:
        found[wish.id] = _made(wish, draft, recipe, text=None if draft is None else draft.text)
    asked = [(wish, draft) for wish, draft in drafts if draft is not None and draft.hops]

    async def work(one: tuple[Wish, Draft], asker: Asker) -> Made:
        return await _write(*one, asker, asking.chats, recipe, draws, shown, echoes, prompts)

    def done(made: Made) -> None:
        found[made.id] = made
        progress(len(found), len(drafts))

    if asked:
        asking.each(asked, work, done)
    return [found[wish.id] for wish, _ in drafts]


def refuse_nothing(made: Sequence[Made], number: int) -> None:
    """A server that answers nothing at all is an error, not a round.

    Args:
        made: Rows of the round.
        number: Of the round.

    Raises:
        BackendError: Nothing was answered.
    """
    asked = [one for one in made if one.calls]
    failed = Counter(one.calls[-1].failed for one in asked if one.lost == "failed")
    failed.pop("budget", None)
    # Later on, what a server could not read or was too slow for may lie in the rows that are left.
    ill = number == 1 or set(failed) <= _ILL
    if asked and ill and sum(failed.values()) == len(asked):
        kind, count = failed.most_common(1)[0]
        said = next(one.calls[-1].said for one in asked if one.calls[-1].failed == kind)
        raise BackendError(
            f"none of {len(asked):,} requests was answered; {count:,} times: {said}",
            where=asked[0].calls[-1].asked,
            do="What came in stays; the same command goes on when the server answers",
        )


_ILL = frozenset({"limited", "unreachable", "unavailable", "key", "missing"})
"""Failures that say nothing of what was asked."""


async def _write(
    wish: Wish,
    draft: Draft,
    asker: Asker,
    chats: Mapping[str, Chat],
    recipe: Recipe,
    draws: Draws,
    shown: Sequence[str],
    echoes: Echoes,
    prompts: dict[str, list[dict[str, str]]],
) -> Made:
    model = wish.arm.model or ""
    text, calls = "", []
    stripped: tuple[str, ...] = ()
    for number, hop in enumerate(draft.hops):
        messages = hop.template.messages(
            dict(hop.values) | {"answer": quoted(text) if text else ""}, hop.turns
        )
        request = ChatRequest(
            record=wish.id,
            messages=messages,
            parameters=draws.parameters(recipe.seed, wish.id, 0, number),
            template_hash=hop.template.hash,
            hop=number,
        )
        name = prompt_id(request.plain_messages()) or ""
        prompts[name] = request.plain_messages()
        got = await asker.ask(request, model)
        calls.append(_call(request, got, wish, chats[model], name, number))
        if isinstance(got, Failed):
            lost = "refused" if got.kind == "refused" else "empty" if got.kind == "empty" else "failed"
            return _made(wish, draft, recipe, text=None, lost=lost, calls=calls)
        if got.cut:
            return _made(wish, draft, recipe, text=None, lost="cut", calls=calls)
        # Whoever answers in Python may say half a character, which no file holds.
        read = read_answer(whole_characters(got.text), shown=shown)
        if read.text is None:
            lost = read.why or "empty"
            return _made(wish, draft, recipe, text=None, lost=lost, calls=calls)
        text, stripped = read.text, read.stripped
    made = _made(wish, draft, recipe, text=text, calls=calls, stripped=stripped)
    echo = echoes.of(text, [hop.template for hop in draft.hops])
    if echo is None:
        return made
    return replace(made, dropped_by=ECHO, drop_reason=f"repeats the prompt: {echo!r}")


def _call(request: ChatRequest, got: Answer | Failed, wish: Wish, chat: Chat, name: str, hop: int) -> Call:
    facts: dict[str, Any] = {
        "key": request.key(chat),
        "row": wish.id,
        "hop": hop,
        "arm": wish.arm.name,
        "asked": chat.model,
        "prompt_id": name,
        "template_hash": request.template_hash,
        "parameters": request.parameters.known(),
    }
    if isinstance(got, Failed):
        return Call(**facts, answered=None, failed=got.kind, said=got.said)
    return Call(
        **facts,
        answered=got.model,
        finish_reason=got.finish_reason,
        answer_id=got.id,
        input_tokens=got.input_tokens,
        output_tokens=got.output_tokens,
        cost=got.cost,
        seconds=got.seconds,
        cache_hit=got.cache_hit,
    )


def _made(
    wish: Wish,
    draft: Draft | None,
    recipe: Recipe,
    *,
    text: str | None,
    lost: str | None = None,
    calls: Sequence[Call] = (),
    stripped: tuple[str, ...] = (),
) -> Made:
    if draft is None:
        lost = "no_seed"
    elif text is None and lost is None:
        lost = "empty"
    parents = () if draft is None else draft.parents
    licenses = joined_licenses(seed.licenses for seed in parents) if parents else None
    return Made(
        id=wish.id,
        stratum=wish.stratum,
        arm=wish.arm.name,
        method=wish.arm.method,
        model=wish.arm.model,
        round=wish.round,
        source_type=recipe.method(wish.arm.method).source_type,
        text=text,
        lost=lost,
        parents=tuple(seed.id for seed in parents),
        parent_depths=tuple(seed.depth for seed in parents),
        licenses=None if licenses is None else tuple(licenses),
        shown=() if draft is None else draft.shown,
        attributes={} if draft is None else dict(draft.attributes),
        stripped=stripped,
        calls=tuple(calls),
    )
