"""`holdfast review export` and `import`: Argilla and Label Studio, there and back."""

from __future__ import annotations

from pathlib import Path

import click

from holdfast.cli.options import Word
from holdfast.cli.output import plain, say, write_json

_TOOLS = ["argilla", "label-studio"]


@click.command(short_help="Write the items for Argilla or Label Studio.")
@click.argument("queue")
@click.option("--to", "tool", type=Word(_TOOLS), required=True, help="For which tool.")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The file to write (- is standard output)."
)
@click.option(
    "--settings",
    metavar="FILE",
    help="Also write what the tool is set up with: an interface (XML), or fields and questions (JSON).",
)
@click.option(
    "--suggestions",
    is_flag=True,
    help="Send what models and filters say along; people lean to what they see.",
)
def export(queue: str, *, tool: str, output: str, settings: str | None, suggestions: bool) -> int:
    """Write the items of QUEUE for another tool. Who wrote what, and which answers are known, stays here."""
    from holdfast.data import write_text_atomic
    from holdfast.reviews.exchange import send_items
    from holdfast.reviews.exchange.send import tool_settings
    from holdfast.reviews.queues.contract import open_queue

    held = open_queue(queue)
    sent = send_items(held, tool, suggestions=suggestions)
    write_json(sent, output)
    if settings is not None:
        found = tool_settings(held, "argilla" if tool == "argilla" else "label-studio")
        if isinstance(found, str):
            write_text_atomic(settings, found)
        else:
            write_json(found, settings)
    if output != "-":
        say(f"{plain(output)}: {len(sent):,} items for {tool}")
    return 0


@click.command(name="import", short_help="Bring answers back from Argilla or Label Studio.")
@click.argument("queue")
@click.argument("file")
@click.option("--from", "tool", type=Word(_TOOLS), required=True, help="From which tool.")
@click.option(
    "--person",
    "people",
    multiple=True,
    metavar="THEIRS=NAME",
    help="What somebody is called here, by the tool's id; may be given again.",
)
def import_(queue: str, file: str, *, tool: str, people: tuple[str, ...]) -> int:
    """Bring the answers in FILE back into QUEUE: all of them, or none where one cannot be kept."""
    import msgspec

    from holdfast.errors import InputError, UsageError
    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.exchange import bring_answers
    from holdfast.reviews.queues.contract import open_queue

    names: dict[str, str] = {}
    for one in people:
        theirs, sign, name = one.partition("=")
        if not sign or not theirs or not name:
            raise UsageError(f"{one!r} names nobody", where="--person", do="Say --person 7=ada")
        names[theirs] = name
    held = open_queue(queue)
    try:
        body = msgspec.json.decode(Path(file).read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"cannot be read: {error}", where=file) from error
    with Decisions(held.decisions_file) as decisions:
        found = bring_answers(held, decisions, body, tool, file=file, people=names)
    said = ", ".join(f"{plain(name)} {count:,}" for name, count in found.reviewers.items())
    say(
        f"{plain(queue)}: {found.added:,} decisions added, {found.known:,} known already ({said or 'nobody answered'})"
    )
    return 0
