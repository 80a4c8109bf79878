"""Pages, drawn from plain values: everything that comes from a file is made inert, then escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from holdfast.pages.environment import environment
from holdfast.pages.inert import inert
from holdfast.reviews.server.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reviews.queues.contract import Queue
    from holdfast.reviews.server.guard import Guard

WHOLE = 100_000
"""Characters of a text that are shown."""
_PAGES = ("who", "item", "done", "results", "keys", "problem")
_GROUPS = 40


class Drawing:
    """Draws the pages of a queue.

    Args:
        queue: The queue.
        guard: Who is let in, and with which secret forms come back.
    """

    def __init__(self, queue: Queue, guard: Guard) -> None:
        made = environment("holdfast.reviews.server")
        made.filters |= {
            "whole": _whole,
            "raw": _raw,
            "count": _count,
            "percent": _percent,
            "claim": _claim,
            "seconds": _seconds,
        }
        made.globals |= {
            # A queue is named after its files, and files after the models that wrote them.
            "queue": {"name": "" if queue.blind else queue.name, "shape": queue.shape, "items": len(queue)},
            "title": queue.questions.title,
            "guide": queue.questions.guide,
            "read_only": guard.read_only,
            "token": guard.form,
            "whole_limit": WHOLE,
        }
        # Read and compiled now, so that the first page is as quick as the others.
        self._templates = {name: made.get_template(f"{name}.html.j2") for name in _PAGES}

    def page(self, name: str, *, status: int = 200, **values: Any) -> Reply:
        """One of the pages.

        Args:
            name: Its name.
            status: Of the answer.
            values: What its template reads.
        """
        return Reply(status=status, body=self._templates[name].render(values).encode())


def told_results(found: Mapping[str, Any], *, blind: bool) -> dict[str, Any]:
    """Results as a page tells them: known shares only, and in a blind queue never by who made the rows.

    Args:
        found: `Results.plain`.
        blind: Whether who made what stays hidden.
    """
    bad = next((one for one in found["estimates"] if one["bad"]), None)
    kinds = ("strata", "sources") if blind else ("strata", "sources", "agents")
    groups = []
    for kind in kinds if bad is not None else ():
        known = [one for one in bad[kind] if _known(one["share"])] if bad is not None else []
        known.sort(key=lambda one: -one["share"]["interval"][0])
        if len(known) > 1:
            groups.append((kind, known[:_GROUPS], len(bad[kind]) - len(known[:_GROUPS]) if bad else 0))
    return {
        **{
            name: found[name]
            for name in ("rows", "items", "gold", "decided", "decisions", "differ", "reviewers")
        },
        "headline": bad or next(iter(found["estimates"]), None),
        # A fault that nobody found is no news in a table.
        "estimates": [
            one
            for one in found["estimates"]
            if _known(one["overall"]) and (one["bad"] or one["overall"]["value"] > 0)
        ],
        "groups": groups,
        "agreement": found["agreement"],
    }


def _known(share: Mapping[str, Any]) -> bool:
    return "value" in share


def _whole(value: str) -> Markup:
    """A text of a record, all of it, its lines kept."""
    return escape(inert(value, limit=WHOLE, lines=True))


def _raw(value: str) -> Markup:
    """A text in which a person writes: nothing but escaped, for what they do not touch stays as it is."""
    return escape(value)


def _count(value: int) -> str:
    return f"{value:,}"


def _percent(value: float) -> str:
    """A share.

    >>> _percent(0.0417), _percent(0.5)
    ('4.2 %', '50 %')
    """
    return f"{100 * value:.{1 if value < 0.1 else 0}f} %"


def _claim(value: str) -> str:
    """A claim as the end of a sentence: without the name of the question.

    >>> _claim("verdict: rejected")
    'rejected'
    """
    return value.partition(": ")[2] or value


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"
