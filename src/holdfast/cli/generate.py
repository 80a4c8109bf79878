"""`holdfast generate`: make what reality has and a set lost."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import reading_options, sources
from holdfast.cli.output import complain, plain, say, terminal_width, write_json
from holdfast.cli.progress import Progress
from holdfast.cli.targets import check_targets
from holdfast.errors import UsageError, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate import Generation, Worth

_SHOWN = 12
_WEAK = 3
_NAME = 22


@click.command(short_help="Make what reality has and a set lost, with any model server or none.")
@click.argument("candidate", nargs=-1)
@click.option(
    "--for",
    "report",
    metavar="FILE",
    help="The JSON of an audit: it names the set, the real rows and what was lost.",
)
@click.option("--real", multiple=True, metavar="FILE", help="Real rows; may be given again.")
@click.option("--anchor", metavar="FOLDER", help="A frozen anchor, instead of --real.")
@click.option("-o", "--output", metavar="FOLDER", help="The folder to write.")
@click.option("--recipe", metavar="FILE", help="Models, methods, parameters, budgets and bounds (TOML).")
@click.option("--method", multiple=True, metavar="NAME", help="Make rows by this method; may be given again.")
@click.option(
    "--model",
    metavar="FOLDER|URL",
    help="A model on disk, or an OpenAI-compatible server; without one, rules alone make rows.",
)
@click.option("--model-name", metavar="NAME", help="The model to ask that server for.")
@click.option("--rows", type=click.IntRange(min=1), metavar="N", help="Accept so many rows at most.")
@click.option("--rounds", type=click.IntRange(min=1), metavar="N", help="In so many rounds at most.")
@click.option(
    "--requests",
    type=click.IntRange(min=0),
    metavar="N",
    help="Send so many requests at most, retries included.",
)
@click.option("--tokens", type=click.IntRange(min=0), metavar="N", help="Pay for so many tokens at most.")
@click.option(
    "--cost",
    type=float,
    metavar="AMOUNT",
    help="Spend so much at most, in the currency of the recipe's prices.",
)
@click.option(
    "--judge-share",
    type=float,
    metavar="SHARE",
    help="Share of the real rows that judges at the end and steers nothing. By default half.",
)
@click.option(
    "--steer/--no-steer", default=True, show_default=True, help="Ask for what was lost, or for reality's mix."
)
@click.option("--cache", metavar="FILE", help="Answers that several runs share.")
@click.option(
    "--batch",
    metavar="FOLDER",
    help="Write what is to be asked as batch files, and read answers from there; no server is asked.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Seed of all draws.")
@click.option("--replace", is_flag=True, help="Replace a folder of an earlier generation.")
@click.option("--json", metavar="FILE", help="Write what was found as JSON (- is standard output).")
@click.option("--html", metavar="FILE", help="Write a page that one would show a colleague.")
@reading_options
def generate(
    candidate: tuple[str, ...],
    *,
    real: tuple[str, ...],
    json: str | None,
    html: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Make rows towards what reality has and CANDIDATE lost, round by round; every round is audited before the next.

    \b
    holdfast audit made.jsonl --real real.jsonl --json report.json
    holdfast generate --for report.json -o more --model http://localhost:8000/v1 --model-name NAME
    holdfast generate --for report.json -o more --recipe generate.toml
    holdfast generate --for report.json -o more --method rule_based

    Some real rows steer, others judge at the end and steer nothing. A run that was stopped goes on with the same command, and nothing is
    paid twice. The key of a server is read from the environment (OPENAI_API_KEY, or as the recipe says).

    Exit codes: 0 when it ran, 1 where strata are still lost by the rows that judge, 3 where requests wait in batch files.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.remedies.generate import generate as run

    if options["output"] is None:
        raise UsageError("there is no place to write to", where="--output", do="Add -o FOLDER")
    if options["report"] is None and not real and options["anchor"] is None:
        raise UsageError(
            "there is nothing to go by", do="Give a report (--for), or real rows (--real or --anchor)"
        )
    check_targets({"json": json, "html": html}, [*candidate, *real], options["anchor"])
    try:
        with Progress(quiet=quiet) as progress:
            found = run(
                sources(candidate) if candidate else None,
                real=sources(real) if real else None,
                progress=progress,
                **options,
            )
    except KeyboardInterrupt:
        complain("answers so far are kept beside the output: the same command goes on from there")
        raise
    except Waiting as waiting:
        say(_wrapped(str(waiting)))
        return 3
    if json is not None:
        write_json(
            {"schema": "holdfast.generate/1"} | dataclasses.asdict(found) | {"output": str(found.output)},
            json,
        )
    if html is not None:
        _write_page(found, html)
    if "-" not in {json, html}:
        _describe(found)
        if not (options["model"] or options["recipe"] or options["method"]):
            say(
                _wrapped(
                    "No model was given, so rules alone made rows: --model URL --model-name NAME asks one."
                )
            )
    return 1 if found.after is not None and found.after.lost else 0


def _write_page(found: Generation, path: str) -> None:
    from holdfast.data import write_text_atomic
    from holdfast.reports.generation import render_generation_html

    text = render_generation_html(dataclasses.asdict(found))
    if path == "-":
        say(text.encode(), nl=False)
        return
    write_text_atomic(path, text)
    complain(f"html: {plain(path)}")


def _describe(found: Generation) -> None:
    say(_wrapped(f"{found.sentence[:1].upper()}{found.sentence[1:]}."))
    say("")
    say(f"{found.wished:,} rows asked for, {found.written:,} written, {found.accepted:,} kept")
    if found.lost:
        say(_wrapped(f"Never written: {_counts(found.lost)}{_failures(found.requests)}", "  "))
    if found.dropped:
        say(_wrapped(f"Dropped: {_counts(found.dropped)}", "  "))
    if found.after is not None:
        say("\nBy real rows that steered nothing:")
        _describe_worth(found.before, found.after)
    else:
        say("\nNo real rows judged: judge_share is 0.")
    _describe_strata(found)
    _describe_rounds(found)
    for effect in found.effects:
        if effect["state"] in ("raises", "lowers"):
            say(_sentence(effect["sentence"]))
    for question in (found.selection or {}).get("asked", ()):
        if question["state"] == "yes":
            say(_sentence(question["sentence"]))
    spent = found.spent
    if spent.get("requests"):
        cost = spent.get("cost")
        money = "" if cost is None else f", {_money(cost)} in the currency of the prices"
        say(f"\nSpent: {spent['requests']:,.0f} requests, {spent['tokens']:,.0f} tokens{money}")
    for note in found.notes:
        say(_wrapped(note))
    if found.output is not None:
        say("")
        say(
            _wrapped(
                f"{found.output}: data/made.jsonl, dropped/rows.jsonl with reasons, lineage.parquet, calls.parquet, prompts.jsonl, "
                "rounds.jsonl"
            )
        )
        if found.accepted:
            say(
                _wrapped(
                    f"Next: blend them, and audit the blend: holdfast audit CANDIDATE {found.output}/data/made.jsonl --real FILE"
                )
            )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda one: -one[1]))


def _failures(requests: Mapping[str, Any]) -> str:
    """Why requests failed: a budget that is spent is no fault of a server."""
    kinds = requests.get("failed")
    return f" (requests without an answer: {_counts(kinds)})" if kinds else ""


def _money(amount: float) -> str:
    """An amount, to its cents or, below one, to two figures.

    >>> _money(1234.5), _money(0.00187), _money(0)
    ('1,234.50', '0.0019', '0.00')
    """
    return f"{amount:.2g}" if 0 < amount < 1 else f"{amount:,.2f}"


def _describe_worth(before: Worth | None, after: Worth) -> None:
    lines = [["", "rows", "worth in real rows", "in the rarest tenth", "strata lost"]]
    reasons = []
    for name, worth in (("before", before), ("after", after)):
        if worth is None:
            continue
        if worth.real_rows is None:
            reasons.append(f"{name}: {worth.reason or ''}")
        rarest = "too few real rows" if worth.rarest is None else _value(worth.rarest)
        value = "cannot be told" if worth.real_rows is None else _value(dataclasses.asdict(worth))
        lines.append([name, f"{worth.rows:,}", value, rarest, str(len(worth.lost))])
    # What a real set of that size is worth is what it is by definition: the value is read off reality's own curve.
    lines.append(["reality", f"{after.rows:,}", f"{after.rows:,}", "", ""])
    _table(lines, right={1, 4})
    for reason in reasons:
        say(_wrapped(reason, "  "))


def _value(worth: Mapping[str, Any]) -> str:
    from holdfast.audits.worth import interval, number

    return f"{number(dict(worth))} ({interval(dict(worth))})"


def _describe_strata(found: Generation) -> None:
    if not found.strata:
        return
    say("\nRows of each stratum, where reality is 100 %:")
    order = sorted(
        found.strata, key=lambda row: row["retention_after"] if row["retention_after"] is not None else 2.0
    )
    lines = [["stratum", "asked", "kept", "before", "after", ""]]
    for row in order[:_SHOWN]:
        name = "all rows" if row["stratum"] is None else plain(row["stratum"])
        mark = "given up" if row["state"] == "given_up" else ""
        lines.append(
            [
                name if len(name) <= _NAME else f"{name[: _NAME - 1]}…",
                f"{row['wished']:,}",
                f"{row['accepted']:,}",
                _share(row, "before"),
                _share(row, "after"),
                mark,
            ]
        )
    _table(lines, right={1, 2})
    if len(order) > _SHOWN:
        say(f"  ... and {len(order) - _SHOWN:,} more")
    weak = [row for row in order if row["state"] == "given_up"]
    for row in weak[:_WEAK]:
        say(_wrapped(f"{row['stratum']}: {row['why']}"))


def _share(row: Mapping[str, Any], when: str) -> str:
    value, interval = row[f"retention_{when}"], row[f"interval_{when}"]
    if value is None:
        return "-"
    bounds = "" if interval is None else f" ({100 * interval[0]:.0f} to {100 * interval[1]:.0f} %)"
    return f"{100 * value:.0f} %{bounds}"


def _describe_rounds(found: Generation) -> None:
    if not found.rounds:
        return
    say("")
    lines = [["round", "asked", "kept", "worth by rows that steer"]]
    for one in found.rounds:
        worth = "cannot be told" if one.worth.real_rows is None else _value(dataclasses.asdict(one.worth))
        lines.append(
            [
                str(one.number),
                f"{sum(tally.wished for tally in one.tallies):,}",
                f"{sum(tally.accepted for tally in one.tallies):,}",
                worth,
            ]
        )
    _table(lines, right={0, 1, 2})
    for one in found.rounds:
        if one.moves:
            moved = "; ".join(
                f"{move.what} {move.before:.2f} to {move.after:.2f}" for move in one.moves[:_WEAK]
            )
            more = f" and {len(one.moves) - _WEAK:,} more" if len(one.moves) > _WEAK else ""
            say(_wrapped(f"Moved after round {one.number}: {moved}{more}", "  "))


def _table(lines: Sequence[Sequence[str]], *, right: set[int]) -> None:
    """Lines with cells one below the other."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        say(f"  {'  '.join(cells)}".rstrip())


def _sentence(text: str) -> str:
    return _wrapped(f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else "."))


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        plain(text),
        terminal_width(),
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )
