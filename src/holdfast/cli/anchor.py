"""`holdfast anchor`: freeze reality, look at it, check that it is what it was."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from holdfast.cli.diff import diff
from holdfast.cli.options import Verbs, reading_options, sources
from holdfast.cli.output import complain, plain, say
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

_SHOWN = 20
_FOR_ROWS = ("label", "id", "gold", "shares", "succeeds", "reason")
"""Options that say nothing about pairs."""
_FOR_PAIRS = ("annotator", "annotator_type")
"""Options that say nothing about single records."""


@click.group(cls=Verbs)
def anchor() -> None:
    """Freeze reality, and hold everything against it."""


anchor.add_command(diff)


@anchor.command(short_help="Freeze real rows as an anchor.")
@click.argument("real", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder to write.")
@reading_options
@click.option(
    "--gold", type=float, metavar="SHARE", default=0.1, show_default=True, help="Share of the gold part."
)
@click.option(
    "--holdout", type=float, metavar="SHARE", default=0.1, show_default=True, help="Share of the holdout."
)
@click.option(
    "--shares", metavar="CSV", help="Population shares of the strata, if rows were sampled by stratum."
)
@click.option("--annotator", metavar="NAME", help="Pairs: who labelled the rows that name nobody.")
@click.option("--annotator-type", metavar="KIND", help="Pairs: what that is; people are human.")
@click.option("--name", help="A name for reports.")
@click.option(
    "--replace", is_flag=True, help="Take the place of an anchor that is already there; it is removed."
)
@click.option(
    "--succeeds", metavar="FOLDER", help="The anchor whose place it takes; recorded with --reason and a diff."
)
@click.option("--reason", metavar="TEXT", help="Why it takes that place.")
def freeze(real: tuple[str, ...], *, quiet: bool, **options: Any) -> int:
    """Freeze REAL rows as an anchor: split, sealed, and ready to be held against.

    Preference pairs are recognised: what people said of them is frozen, and judges are held against it. --text chosen
    freezes one side of them as plain rows.
    """
    from holdfast.anchors import freeze as run
    from holdfast.data.preferences import find_preferences
    from holdfast.data.write import check_folder

    if options["text"] is None and find_preferences(sources(real)):
        _refuse(_FOR_ROWS, "preference pairs")
        return _freeze_pairs(real, quiet=quiet, options=options)
    _refuse(_FOR_PAIRS, "single records")
    for name in _FOR_PAIRS:
        options.pop(name)
    check_folder(options["output"], replace=options["replace"], kind="holdfast.anchor/")
    with Progress(quiet=quiet) as progress:
        moved = _moved(real, options, progress) if options["succeeds"] is not None else None
        frozen = run(sources(real), moved=moved, progress=progress, **options)
    _describe(frozen)
    say(f"\nnext: holdfast audit CANDIDATE --anchor {plain(options['output'])}")
    return 0


def _freeze_pairs(real: tuple[str, ...], *, quiet: bool, options: dict[str, Any]) -> int:
    from holdfast.anchors import freeze_preferences as run
    from holdfast.data.write import check_folder

    names = ("output", "holdout", "name", "replace", "on_bad_row", *_FOR_PAIRS)
    check_folder(options["output"], replace=options["replace"], kind="holdfast.preference_anchor/")
    with Progress(quiet=quiet) as progress:
        frozen = run(sources(real), progress=progress, **{name: options[name] for name in names})
    _describe_pairs(frozen)
    say(f"\nnext: holdfast audit CANDIDATE --anchor {plain(options['output'])}")
    return 0


@anchor.command(short_help="Show what an anchor holds.")
@click.argument("folder")
def show(folder: str) -> int:
    """Show what an anchor holds. Rows of the holdout are counted, never printed."""
    from holdfast.anchors import is_preference_anchor, open_anchor, open_preference_anchor

    if is_preference_anchor(folder):
        _describe_pairs(open_preference_anchor(folder))
        return 0
    opened = open_anchor(folder)
    strata = Counter(opened.part("reference").column("stratum").to_pylist())
    _describe(opened)
    strata.pop(None, None)
    total = sum(strata.values())
    if strata:
        say(f"\nstrata of the reference ({len(strata):,}), rarest first")
        for name, rows in sorted(strata.items(), key=lambda item: (item[1], item[0]))[:_SHOWN]:
            say(f"  {rows:>8,}  {100 * rows / total:>5.1f} %  {plain(str(name))}")
        if len(strata) > _SHOWN:
            say(f"  ... and {len(strata) - _SHOWN:,} more frequent")
    return 0


@anchor.command(short_help="Check an anchor against its seals.")
@click.argument("folder")
def verify(folder: str) -> int:
    """Check an anchor against its seals; exit code 2 if anything changed."""
    from holdfast.anchors import is_preference_anchor, verify_preference_anchor
    from holdfast.anchors import verify as run

    problems = verify_preference_anchor(folder) if is_preference_anchor(folder) else run(folder)
    for problem in problems:
        complain(f"changed: {plain(problem)}")
    if not problems:
        say("every part is what was sealed")
    return 2 if problems else 0


def _refuse(names: tuple[str, ...], what: str) -> None:
    """Refuse options that say nothing about what is frozen."""
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(
                f"says nothing about {what}", where="--" + name.replace("_", "-"), do="Leave it out"
            )


def _moved(real: tuple[str, ...], options: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """What a diff of the rows to freeze against the predecessor says, for the manifest."""
    from holdfast.anchors import open_anchor
    from holdfast.anchors.succession import succeed
    from holdfast.audits.diff import diff

    if "-" in real:
        raise UsageError("standard input can be read once only", where="-", do="Save it to a file first")
    old = open_anchor(options["succeeds"])
    succeed(
        old, reason=options["reason"], moved=None
    )  # a missing reason is better known now than after the diff
    reading = {name: options[name] for name in ("text", "label", "id", "on_bad_row")}
    return diff(old, sources(real), progress=progress, **reading).record


def _chain(opened: Any) -> None:
    """Whose place it took, newest first."""
    for at, entry in enumerate(opened.predecessors):
        say(
            f"{'succeeds' if at == 0 else 'which succeeded'} {plain(entry['name'])}  {entry['digest'][:19]}…  frozen {entry['frozen_at'][:10]}"
        )
        say(f"  because: {plain(entry['reason'])}")
        if entry["diff"] is not None:
            say(f"  {plain(entry['diff']['sentence'])}")


def _describe_pairs(opened: Any) -> None:
    say(f"{plain(opened.name)}  {opened.digest[:19]}…  frozen {opened.manifest['created_at'][:10]}")
    for part, what in (("reference", "judges are held against it"), ("holdout", "never trained on")):
        pairs, labels = (
            f"{count:>9,} {noun}{'' if count == 1 else 's'}"
            for count, noun in ((opened.parts[part], "pair"), (opened.labels[part], "label"))
        )
        say(f"  {part:<10}{pairs}{labels}   {what}")
    many = "annotator" if opened.people == 1 else "annotators"
    named = f"by {opened.people:,} named {many}" if opened.people else "by people without names"
    say(f"read as {opened.manifest['shape']}: labels {named}")
    for reason, count in opened.manifest["set_aside"].items():
        say(f"set aside: {count:,} because {reason}")
    for note in opened.notes:
        say(f"note: {plain(note)}")


def _describe(opened: Any) -> None:
    detection = opened.detection
    say(f"{plain(opened.name)}  {opened.digest[:19]}…  frozen {opened.manifest['created_at'][:10]}")
    for part, what in (
        ("reference", "serves statistics"),
        ("gold", "may be infused"),
        ("holdout", "never trained on"),
    ):
        say(f"  {part:<10}{opened.parts[part]:>9,} {'row ' if opened.parts[part] == 1 else 'rows'}   {what}")
    label = f", strata from {detection.label_column!r}" if detection.label_column else ", no labels"
    say(f"read as {detection.shape}: text from {detection.text_column!r}{label}")
    accuracy = opened.manifest.get("labeller_accuracy")
    if accuracy is not None:
        say(f"the stratum labeller reads {100 * accuracy:.0f} % of unseen real rows right")
    for note in detection.notes:
        say(f"note: {plain(note)}")
    _chain(opened)
