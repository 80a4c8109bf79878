"""The site: which page answers which address. It knows nothing of the network."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from holdfast.errors import HoldfastError, InputError, OutputError, UsageError
from holdfast.pages.inert import inert, without_controls
from holdfast.reviews.desk.shown import reviewer_name
from holdfast.reviews.questions.question import EDITED
from holdfast.reviews.results import review_results
from holdfast.reviews.server.answers import answers_of, asked_of, spoken
from holdfast.reviews.server.drawn import Drawing, told_results
from holdfast.reviews.server.reply import Reply, Request, see, told
from holdfast.reviews.server.static import static_files
from holdfast.reviews.server.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.desk.desk import Desk
    from holdfast.reviews.desk.shown import Shown
    from holdfast.reviews.server.guard import Guard

_LISTED = 100
_SMALL = 65_536
# In a form a character takes twelve bytes at most: four of UTF-8, each written as %XX.
_PER_CHARACTER = 12


class Site:
    """Answers requests. May be used from several threads.

    Args:
        desk: Deals items, and saves what is said.
        decisions: Where what is said is kept.
        guard: Who is let in.
        reviewers: The people who review; with none, whoever gives a name.
    """

    def __init__(
        self, desk: Desk, decisions: Decisions, guard: Guard, *, reviewers: Sequence[str] = ()
    ) -> None:
        self.guard = guard
        self._desk = desk
        self._decisions = decisions
        self._queue = desk.queue
        self._reviewers = tuple(dict.fromkeys(reviewer_name(one) for one in reviewers))
        self._watch = Watch()
        self._static = static_files()
        self._drawing = Drawing(self._queue, guard)
        self._results: tuple[int, dict[str, Any]] | None = None
        self._results_lock = threading.Lock()
        self._looks: dict[str, Callable[[Request], Reply]] = {
            "/": self._who,
            "/next": self._next,
            "/done": self._done,
            "/results": self._results_page,
            "/keys": self._keys,
        }
        self._acts: dict[str, Callable[[Request], Reply]] = {"/decide": self._decide, "/undo": self._undo}

    @property
    def longest(self) -> int:
        """Bytes that a request may have: the longest answers to all questions, and some room."""
        limits = sum(one.limit for one in self._queue.questions.questions if one.kind in ("verdict", "note"))
        return _SMALL + _PER_CHARACTER * limits

    def answer(self, request: Request) -> Reply:
        """The answer to a request."""
        stopped = self.guard.stop(request)
        if stopped is not None:
            return stopped
        plain = request.method == "POST" and request.header("accept") == "application/json"
        try:
            return self._find(request)
        except HoldfastError as error:
            # What could not be saved may be saved when it is asked again; a bad answer stays one.
            status = 503 if isinstance(error, OutputError) else 400
            if plain:
                return told({"saved": False, "why": inert(str(error), limit=400)}, status)
            return self._drawing.page("problem", status=status, why=str(error))

    def _find(self, request: Request) -> Reply:
        if request.method == "POST":
            act = self._acts.get(request.path)
            return self._nothing() if act is None else act(request)
        if request.path in self._static:
            return self._static[request.path]
        look = self._looks.get(request.path)
        if look is not None:
            return look(request)
        start, _, number = request.path.rpartition("/")
        if start == "/item" and number.isascii() and number.isdigit() and len(number) < 10:
            return self._item(request, int(number))
        return self._nothing()

    def _nothing(self) -> Reply:
        return self._drawing.page("problem", status=404, why="There is no such page.")

    def _who(self, _: Request) -> Reply:
        progress = self._desk.progress()
        names = self._reviewers or tuple(sorted(progress.reviewers))
        return self._drawing.page(
            "who",
            people=[(name, progress.reviewers.get(name, 0), quote(name, safe="")) for name in names],
            anybody=not self._reviewers,
            progress=progress,
        )

    def _next(self, request: Request) -> Reply:
        who = self._reviewer(request.asked)
        if self.guard.read_only:
            # Who only looks is dealt nothing: an item in front of them would be kept from others.
            return see(_to(0, who))
        shown = self._desk.next(who)
        return see(_done(who) if shown is None else _to(shown.item, who))

    def _item(self, request: Request, number: int) -> Reply:
        who = self._reviewer(request.asked)
        shown = self._desk.show(who, number)
        if not shown.answers:
            self._watch.start(who, number)
        return self._drawing.page(
            "item",
            who=who,
            address=quote(who, safe=""),
            shown=shown,
            questions=[asked_of(one, shown.answers) for one in self._queue.questions.questions],
            edited=self._edited(shown),
            progress=self._desk.progress(who),
            revealed=self._revealed(who, number),
            after=self._after(request, who),
            undone="undone" in request.asked and not shown.answers,
            uuid=str(uuid.uuid4()),
            undo=str(uuid.uuid4()),
        )

    def _done(self, request: Request) -> Reply:
        who = self._reviewer(request.asked)
        said = self._decisions.standing(reviewer=who)
        counts: dict[tuple[str, str], int] = {}
        recent = []
        for at, one in enumerate(reversed(said)):
            answers = {name: value for name, value in one.answers.items() if name != EDITED}
            if self._queue.shape == "single":
                for name, words in spoken(self._queue.questions, answers):
                    question = self._queue.questions.question(name)
                    if question.kind != "note":
                        counts[name, words] = counts.get((name, words), 0) + 1
            if at < _LISTED:
                mine = self._desk.show(who, one.item).answers
                recent.append((one.item, spoken(self._queue.questions, mine)))
        return self._drawing.page(
            "done",
            who=who,
            address=quote(who, safe=""),
            decided=len(said),
            counts=sorted(counts.items(), key=lambda one: (one[0][0], -one[1], one[0][1]))[:_LISTED],
            recent=recent,
            progress=self._desk.progress(who),
            after=self._after(request, who),
            undo=str(uuid.uuid4()),
        )

    def _keys(self, request: Request) -> Reply:
        who = self._reviewer(request.asked) if "as" in request.asked else None
        return self._drawing.page(
            "keys",
            questions=[asked_of(one, {}) for one in self._queue.questions.questions],
            address=None if who is None else quote(who, safe=""),
        )

    def _results_page(self, _: Request) -> Reply:
        with self._results_lock:
            since = 0 if self._results is None else self._results[0]
            events = self._decisions.all(after=since)
            if events or self._results is None:
                last = events[-1].seq if events else 0
                self._results = (last, review_results(self._queue, self._decisions).plain())
            found = self._results[1]
        return self._drawing.page("results", found=told_results(found, blind=self._queue.blind))

    def _decide(self, request: Request) -> Reply:
        form = request.form
        who = self._reviewer(form)
        number = _number(form)
        answers = answers_of(self._queue.questions, form)
        self._check_edit(who, number, answers)
        seconds = self._watch.believed(who, number, _last(form, "seconds"))
        saved = self._desk.decide(who, number, answers, uuid=_last(form, "uuid"), seconds=seconds)
        self._watch.stop(who, number)
        shown = self._desk.next(who)
        address = _done(who) if shown is None else _to(shown.item, who)
        address += f"&after={number}"
        if request.header("accept") == "application/json":
            return told({"saved": True, "uuid": saved.uuid, "item": saved.item, "next": address})
        return see(address)

    def _undo(self, request: Request) -> Reply:
        form = request.form
        who = self._reviewer(form)
        shown = self._desk.undo(who, uuid=_last(form, "uuid"))
        return see(_done(who) if shown is None else f"{_to(shown.item, who)}&undone=1")

    def _check_edit(self, who: str, number: int, answers: Mapping[str, Any]) -> None:
        verdict = self._queue.questions.of_kind("verdict")
        if verdict is None or answers.get(verdict.name) != "edit":
            return
        if answers.get(EDITED) == without_controls(self._desk.show(who, number).text):
            raise InputError("the text is what it was", where="edit", do="Change it, or accept it")

    def _edited(self, shown: Shown) -> str:
        before = shown.answers.get(EDITED)
        return before if isinstance(before, str) else without_controls(shown.text)

    def _revealed(self, who: str, number: int) -> dict[str, Any] | None:
        found = None if self._queue.blind else self._desk.reveal(who, number)
        if found is None:
            return None
        return {
            "suggestion": spoken(self._queue.questions, found.suggestion or {}),
            "agents": [one for one in (found.agent, found.agent_right) if one is not None],
            "pair": self._queue.shape == "pair",
            "source_type": found.source_type,
            "label": found.label,
            "id": found.id,
        }

    def _after(self, request: Request, who: str) -> dict[str, Any] | None:
        """What this person said of the item before, if the address names one."""
        given = _last(request.asked, "after")
        if not given.isascii() or not given.isdigit() or not 0 <= int(given[:9]) < len(self._queue):
            return None
        number = int(given[:9])
        answers = self._desk.show(who, number).answers
        if not answers:
            return None
        said = spoken(self._queue.questions, answers)
        return {"item": number, "said": said, "revealed": self._revealed(who, number)}

    def _reviewer(self, fields: Mapping[str, list[str]]) -> str:
        name = reviewer_name(_last(fields, "as"))
        if self._reviewers and name not in self._reviewers:
            raise UsageError(
                "reviews nothing here", where=name, do="Choose one of the names on the first page"
            )
        return name


def _last(fields: Mapping[str, list[str]], name: str) -> str:
    return fields[name][-1] if fields.get(name) else ""


def _number(form: Mapping[str, list[str]]) -> int:
    given = _last(form, "item")
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise InputError("names no item", where="item")
    return int(given)


def _to(item: int, who: str) -> str:
    return f"/item/{item}?as={quote(who, safe='')}"


def _done(who: str) -> str:
    return f"/done?as={quote(who, safe='')}"
