"""`holdfast audit` where the candidate holds preference pairs: hold labels against people's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from holdfast.cli.options import sources
from holdfast.cli.output import complain, has_color, plain, say, terminal_width
from holdfast.cli.progress import Progress
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FOR_PAIRS = ("annotator", "annotator_type", "agents", "teacher", "placebo", "look")
"""Options that mean something for preference pairs only."""
FOR_ROWS = (
    *("label", "id", "use", "only", "where", "expect", "tolerance", "detectable"),
    *("encoder", "encoder_model", "engine", "address", "workers", "store"),
)
"""Options that mean something for single records only."""


def preference_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options for preference pairs."""
    for option in reversed(
        (
            click.option(
                "--annotator", metavar="NAME", help="Pairs: who labelled the rows that name nobody."
            ),
            click.option(
                "--annotator-type",
                metavar="KIND",
                help="Pairs: what that is: human, ai_judge, reward_model, rule, implicit or unknown.",
            ),
            click.option(
                "--agents", metavar="FILE", help="Pairs: which model descends from which (agents.toml)."
            ),
            click.option(
                "--teacher",
                metavar="FILE",
                help="Pairs: outputs of the teacher whose voice is looked for in the labels.",
            ),
            click.option(
                "--placebo",
                multiple=True,
                metavar="FILE",
                help="Pairs: outputs of a model that cannot have taught, for the same prompts; give three or more.",
            ),
            click.option(
                "--look",
                type=click.IntRange(min=1),
                default=1,
                show_default=True,
                help="Pairs: which look at this anchor it is; later ones may spend less of --alpha.",
            ),
        )
    ):
        command = option(command)
    return command


def holds_pairs(given: Any, anchor: str | None, real: Sequence[str]) -> bool:
    """Whether the candidate is to be read as preference pairs: it looks like them, or the anchor is one of people's labels.

    With such an anchor nothing else can be held against it, so that whoever reads the candidate says what is wrong with it; and so where it is not there.

    Raises:
        UsageError: Real rows are pairs, and the candidate is not.
    """
    from holdfast.anchors import is_preference_anchor
    from holdfast.data.preferences import find_preferences

    if find_preferences(given) is not None or (anchor is not None and is_preference_anchor(anchor)):
        return True
    if real and "-" not in real and find_preferences(sources(real)) is not None:
        if not _readable(given):
            return True
        raise UsageError(
            "the real rows are preference pairs, and the candidate holds single records",
            where="--real",
            do="Give a candidate of pairs, or real rows that are single records",
        )
    return False


def _readable(given: Any) -> bool:
    """Whether all that is named is there."""
    return all(path == "-" or path.exists() for path in (given if isinstance(given, list) else [given]))


def refuse(names: Sequence[str], what: str) -> None:
    """Refuse options that mean nothing for what is audited."""
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(
                f"says nothing about {what}", where="--" + name.replace("_", "-"), do="Leave it out"
            )


def audit_pairs(
    candidate: Any,
    *,
    real: Sequence[str],
    anchor: str | None,
    targets: Mapping[str, str | None],
    no_text: bool,
    mask: bool,
    color: bool | None,
    quiet: bool,
    options: Mapping[str, Any],
) -> int:
    """Run the audit, write the reports, print; the exit code."""
    from holdfast.audits.preferences import audit_preferences

    refuse(FOR_ROWS, "preference pairs")
    draws = click.get_current_context().get_parameter_source("draws")
    given = {"draws": options["draws"]} if draws is click.core.ParameterSource.COMMANDLINE else {}
    with Progress(quiet=quiet) as progress:
        result = audit_preferences(
            candidate,
            real=sources(real) if real else None,
            anchor=anchor,
            progress=progress,
            **{
                name: options[name] for name in (*FOR_PAIRS, "alpha", "on_undetermined", "on_bad_row", "seed")
            },
            **given,
        )
        progress("writing")
        found = result.plain(show_text=not no_text)
        written = _write(found, targets, mask=mask)
    if "-" not in targets.values():
        from holdfast.reports.preferences import render_preferences_text

        say(render_preferences_text(found, width=terminal_width(), color=has_color(color)), nl=False)
    for kind, path in written:
        complain(f"{kind}: {plain(path)}")
    return result.exit_code


def _write(
    found: Mapping[str, Any], targets: Mapping[str, str | None], *, mask: bool
) -> list[tuple[str, str]]:
    """Write the reports: all are rendered before the first is written."""
    from holdfast.data import write_text_atomic
    from holdfast.reports import preferences

    renderers = {
        "report": lambda: preferences.render_preferences_html(found),
        "json": lambda: preferences.render_preferences_json(found),
        "markdown": lambda: preferences.render_preferences_markdown(found, mask=mask),
        "junit": lambda: preferences.render_preferences_junit(found),
    }
    rendered = [(kind, path, renderers[kind]()) for kind, path in targets.items() if path is not None]
    written = []
    for kind, path, text in rendered:
        if path == "-":
            say(text.encode(), nl=not text.endswith("\n"))
        else:
            write_text_atomic(path, text)
            written.append((kind, path))
    return written
