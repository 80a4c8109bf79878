"""What generation works with, and what it says: seeds, wishes, drafts, rows, rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - rounds are read back by these types
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from holdfast.remedies.generate.templates import Template

Origin = Literal["gold", "reference", "candidate"]
Ended = Literal["covered", "budget", "no_gain", "too_weak", "rounds", "rows", "tries", "nothing_missing"]
"""Why generation stopped: the lost strata are covered; a budget ended; more rows no longer add real-equivalent rows; the strata that
are still missing are beyond what these methods and models write; the last allowed round; all rows that were asked for; all tries; there was
nothing to make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A row that may be shown to a prompt, or rewritten.

    Attributes:
        id: Its id.
        text: Its text.
        stratum: Its stratum, or None.
        origin: Where it stands. A row of the holdout is never one.
        depth: Its generation depth; None where nobody knows.
        licenses: SPDX ids, or None where nobody knows.
    """

    id: str
    text: str
    stratum: str | None
    origin: Origin
    depth: int | None = None
    licenses: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of making rows, whose share may move.

    Attributes:
        name: How it is called, such as `paraphrase/qwen`.
        method: The method.
        model: The model, as the recipe calls it; None where none is asked.
        share: Share of the rows at the beginning.
        low: Smallest share that it may be moved to.
        high: Largest share that it may be moved to.
    """

    name: str
    method: str
    model: str | None
    share: float
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A row that is to be made.

    Attributes:
        id: The id it will have.
        stratum: What it is to be of, or None.
        arm: How it is made.
        round: In which round, from 1.
    """

    id: str
    stratum: str | None
    arm: Arm
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What methods may use: never a row that judges, never the holdout.

    Attributes:
        seeds: Rows that may be shown or rewritten, by stratum (`None` for rows of no stratum); the order is fixed.
        strata: Every stratum, with the words that say what it is; `{}` without strata.
        nameless: Whether strata are clusters, whose names say nothing to a model: their rows say what they are.
        attributes: Values by attribute (persona, register, length and whatever the recipe has), of which each prompt draws one each.
        uncovered: Real rows that nobody covers yet, by stratum: methods that rewrite prefer them.
        shunned: Openers and phrases that rows so far use far more than reality.
        subject: What all rows are, in words: `a message that a customer writes to a bank`; empty where the recipe says nothing.
    """

    seeds: Mapping[str | None, Sequence[Seed]]
    strata: Mapping[str, str]
    nameless: bool = False
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uncovered: Mapping[str | None, Sequence[Seed]] = field(default_factory=dict)
    shunned: Sequence[str] = ()
    subject: str = ""

    @property
    def everything(self) -> list[Seed]:
        """All seeds, stratum after stratum."""
        return [seed for seeds in self.seeds.values() for seed in seeds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One question to a model on the way to a row.

    Attributes:
        template: The prompt.
        values: What stands for its `{names}`; `{answer}` is what was answered to the hop before.
        turns: Real rows as answers to earlier turns: the values of each turn's prompt, and the row. Weak models follow what was answered
            far better than what they are told.
    """

    template: Template
    values: Mapping[str, str]
    turns: tuple[tuple[Mapping[str, str], str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """How one row is made.

    Attributes:
        hops: What models are asked, one after the other; the last answer is the row's text. Empty where no model is asked.
        text: The text, where no model is asked; else None.
        parents: Rows that the new one is made from: content parents, not mere examples.
        shown: Ids of rows that stood in a prompt as examples.
        attributes: What was drawn for it: `register: casual`, `operation: typos`, `pivot: German`.
    """

    hops: tuple[Hop, ...] = ()
    text: str | None = None
    parents: tuple[Seed, ...] = ()
    shown: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was made for a row.

    Attributes:
        key: Of the request, in the store of answers.
        row: Id of the row.
        hop: Which step, from 0.
        arm: The arm.
        asked: The model that was asked.
        answered: The model that says it answered; None where nobody says or nothing came.
        prompt_id: SHA-256 hex of the messages.
        template_hash: Of the template.
        parameters: As drawn, under the `gen_ai.request` names.
        finish_reason: How the answer ended; None without one.
        failed: How it failed, or None.
        said: What happened, where it failed.
        answer_id: The server's id of the answer.
        input_tokens: Tokens, or None where nobody says.
        output_tokens: Tokens, or None where nobody says.
        cost: In the recipe's currency, or None where it is not known.
        seconds: Until the answer.
        cache_hit: Whether nobody had to be asked.
    """

    key: str
    row: str
    hop: int
    arm: str
    asked: str
    answered: str | None
    prompt_id: str
    template_hash: str | None
    parameters: Mapping[str, Any]
    finish_reason: str | None = None
    failed: str | None = None
    said: str | None = None
    answer_id: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    seconds: float = 0.0
    cache_hit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A row that was made, or could not be; and what became of it.

    Attributes:
        id: Its id.
        stratum: What it was to be of, or None.
        arm: How it was made.
        method: The method's name, as lineage calls it.
        model: The model that was asked, as the recipe calls it; None where none was.
        round: In which round, from 1.
        source_type: `synthetic`, or `machine_edited`.
        text: What came of it; None where a request failed, or the answer holds no text.
        lost: Why there is no text: `failed`, `empty`, `cut`, `refused`, `too_long`, `no_seed`; None where there is one.
        parents: Ids of the rows that it was made from.
        parent_depths: Their generation depths, None where one is not known.
        licenses: Licences of all its parents; None where one of them is not known.
        shown: Ids of rows that stood in its prompt as examples.
        attributes: What was drawn for it.
        stripped: What was taken off its answer.
        calls: The requests, in order.
        dropped_by: The filter that took it, or None.
        drop_reason: Why.
        duplicate_of: The row that it repeats, where that is why.
        added: Whether it came closer to some real row that steers than all rows before it.
    """

    id: str
    stratum: str | None
    arm: str
    method: str
    model: str | None
    round: int
    source_type: str
    text: str | None
    lost: str | None = None
    parents: tuple[str, ...] = ()
    parent_depths: tuple[int | None, ...] = ()
    licenses: tuple[str, ...] | None = None
    shown: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    stripped: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    dropped_by: str | None = None
    drop_reason: str | None = None
    duplicate_of: str | None = None
    added: bool = False

    @property
    def kept(self) -> bool:
        """Whether it has a text, and no filter took it."""
        return self.text is not None and self.dropped_by is None

    @property
    def cost(self) -> float | None:
        """What its requests cost; None where that is not known of one."""
        costs = [call.cost for call in self.calls]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of one arm in one stratum in one round; the log that the controller reads.

    Attributes:
        arm: The arm's name.
        stratum: The stratum, or None.
        round: The round, from 1.
        wished: Rows that were asked for.
        written: Rows that had a text.
        accepted: Rows that verification let pass.
        added: Accepted rows that come closer to some real row that steers than anything before them did.
        cost: What its requests cost; None where that is not known.
        requests: Requests that were sent for it.
    """

    arm: str
    stratum: str | None
    round: int
    wished: int
    written: int
    accepted: int
    added: int
    requests: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a stratum lacks, as the rows that steer see it.

    Attributes:
        stratum: Its name; None where reality has no strata.
        real: Rows of it among those that steer.
        have: Rows of it in candidate and accepted rows together.
        expected: Rows that reality would have among so many.
        quota: Rows that are asked for in the round.
        state: `missing`; `covered`, where its retention is no longer below what reality scores; `given_up`, where what is written
            for it does not pass; `unknown`, with too few rows to tell.
        why: In words.
    """

    stratum: str | None
    real: int
    have: int
    expected: float
    quota: int
    state: Literal["missing", "covered", "given_up", "unknown"]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something that the controller moved, or would have and may not.

    Attributes:
        what: `share of paraphrase/qwen`, `temperature`, `quota of refund`.
        before: Its value before.
        after: Its value after.
        low: The bound below.
        high: The bound above.
        why: The figures that it was moved for.
    """

    what: str
    before: float
    after: float
    low: float
    high: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a set is worth, held against real rows: numbers with their intervals, as an audit says them.

    Attributes:
        rows: Rows of the set.
        real_rows: Real-equivalent rows, or None where that cannot be told.
        low: 95 % bound below.
        high: 95 % bound above, or None where real rows are too few to bound it.
        at_least: Whether the value is a lower bound only.
        rarest: The same in the rarest tenth, by `real_rows`, `low`, `high`; None where too few real rows judge it.
        reason: Why it cannot be told.
        lost: Names of the strata that are lost or thinned.
    """

    rows: int
    real_rows: float | None
    low: float | None
    high: float | None
    at_least: bool
    rarest: Mapping[str, Any] | None
    reason: str | None
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: what was asked for, what came, and what was moved for the next.

    Attributes:
        number: From 1.
        needs: What each stratum lacked before it.
        shares: Shares of the arms in it, by name.
        temperature: Bounds that temperatures were drawn between, where the recipe lets them move.
        tallies: What came of each arm in each stratum.
        filtered: Rows that each filter took, by name; the guard's decision stands in `guards`.
        guards: For each filter what it takes of reality's rarest tenth, and what the guard decided.
        worth: Of candidate and accepted rows together, against the rows that steer.
        moves: What was moved for the next round, and why.
        spent: Requests, tokens and cost so far.
        reality: What real rows would score in the place of new ones, by stratum: `passes` the filters, `noise` (rows of others that the
            label check lets pass), `added`.
    """

    number: int
    needs: tuple[Need, ...]
    shares: Mapping[str, float]
    temperature: tuple[float, float] | None
    tallies: tuple[Tally, ...]
    filtered: Mapping[str, int]
    guards: tuple[Mapping[str, Any], ...]
    worth: Worth
    moves: tuple[Move, ...]
    spent: Mapping[str, float | None]
    reality: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row to look at. Drawn at random: the best ones would say nothing of the rest.

    Attributes:
        side: `real`, a row that steers; `kept`; or `dropped`.
        id: Its id.
        text: Its text.
        stratum: Its stratum, or what it was to be of; None without one.
        arm: How it was made; None for a real row.
        filter: The filter that took it, or None.
        reason: Why, or None.
        source: Text of the row that it was made from, or that it repeats; None where there is no such row, or it may not be shown.
    """

    side: Literal["real", "kept", "dropped"]
    id: str
    text: str
    stratum: str | None
    arm: str | None = None
    filter: str | None = None
    reason: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What `generate` says.

    Attributes:
        wished: Rows that were asked for.
        written: Rows that had a text.
        accepted: Rows that are kept.
        lost: Rows without a text, by reason.
        dropped: Rows that verification took, by filter.
        rounds: Every round.
        ended: Why it stopped.
        sentence: The same in a sentence, with figures.
        before: What the candidate was worth by itself, against the real rows that judge and steer nothing; None where nothing judges.
        after: What it is worth with the accepted rows.
        strata: Retention of every stratum by the same real rows before and after, for those that were asked for.
        effects: What drawn parameters did to acceptance and to variety.
        prompts: How varied the prompts were.
        selection: What retries and filters took, by stratum: acceptance is a filter, too.
        requests: Requests, retries, hits, failures by kind, models that answered under another name.
        spent: Requests, tokens and cost.
        notes: What a reader should know.
        output: The folder, where one was written.
        asked: Rows that there were (`candidate`, `steering`, `judging`, and the real rows' `name`), and what was allowed (`rows`, `rounds`,
            `requests`, `tokens`, `cost`; None for any), whether it steered (`steer`), and the `seed`.
        examples: Rows to look at: kept ones beside real ones of the same stratum, and dropped ones of each filter.
    """

    wished: int
    written: int
    accepted: int
    lost: Mapping[str, int]
    dropped: Mapping[str, int]
    rounds: tuple[Round, ...]
    ended: Ended
    sentence: str
    before: Worth | None
    after: Worth | None
    strata: tuple[Mapping[str, Any], ...]
    effects: tuple[Mapping[str, Any], ...]
    prompts: Mapping[str, Any] | None
    selection: Mapping[str, Any] | None
    requests: Mapping[str, Any]
    spent: Mapping[str, float | None]
    notes: tuple[str, ...]
    output: Path | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
