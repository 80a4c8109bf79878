"""The report in the terminal: verdict first, then what is lost, then every number beside reality's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.pages.inert import LABEL, inert
from holdfast.reports import why, wording
from holdfast.reports.columns import cells, cut, pad, wrap
from holdfast.reports.extent import KEPT

if TYPE_CHECKING:
    from holdfast.reports.summary import Example, Finding, Phrase, Reading, Source, Summary, Verdict

NARROWEST = 40
EXAMPLES = 4
PHRASES = 5
NAMES = 40

_COLORS: dict[Verdict, str] = {"pass": "32", "warn": "33", "fail": "31", "undetermined": "36"}


def render(summary: Summary, *, width: int = 100, color: bool = False) -> str:
    """Render an audit for a terminal.

    Args:
        summary: The audit.
        width: Columns to fill; never fewer than 40.
        color: Colour the verdict words and titles. Nothing is said by colour alone.

    Returns:
        Text that ends in a line break and, apart from records shown, holds only Windows-1252 characters.
    """
    page = _Page(width=max(NARROWEST, width), color=color, lines=[])
    page.verdict(summary["verdict"], summary["sentence"])
    candidate, anchor = summary["candidate"], summary["anchor"]
    page.add(
        f"{_name(candidate['name'])}, {wording.rows(candidate['rows'])}, against {_name(anchor['name'])}, "
        f"{wording.of_reality(anchor)}, for use {wording.against(summary)}"
    )
    if summary["extent"]["kept"]:
        page.add(KEPT)
    _worth(page, summary)
    for finding in summary["findings"]:
        _finding(page, finding, summary["phrases"], worth=summary["worth"] is not None)
    _causes(page, summary)
    _readings(page, summary["readings"])
    _strata(page, summary)
    _bands(page, summary)
    _diversity(page, summary)
    # Each finding says what to do about it; what is left concerns the audit as a whole.
    _list(page, "What else to do" if summary["findings"] else "What to do", wording.further(summary))
    _list(page, "What could not be seen", summary["unseen"])
    _list(page, "How it was computed", summary["how"])
    _detection(page, summary)
    return wording.plain("\n".join(line.rstrip(" ") for line in page.lines) + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Lines of one width, growing downwards."""

    width: int
    color: bool
    lines: list[str]

    def add(self, text: str, *, first: str = "", rest: str | None = None) -> None:
        self.lines.extend(wrap(wording.hold(text), self.width, first=first, rest=rest))

    def title(self, text: str) -> None:
        self.lines.extend(["", *(self.paint(line, "1") for line in wrap(text, self.width))])

    def verdict(self, verdict: Verdict, sentence: str) -> None:
        word = wording.VERDICT_WORDS[verdict]
        lines = wrap(wording.hold(inert(sentence, limit=600)), self.width, first=f"{word}  ", rest="")
        lines[0] = lines[0].replace(word, self.paint(word, f"1;{_COLORS[verdict]}"), 1)
        self.lines.extend([*lines, ""])

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text


def _causes(page: _Page, summary: Summary) -> None:
    if not why.diagnosed(summary):
        return
    page.title("Why")
    for cause in summary["causes"]:
        if cause["state"] not in ("likely", "possible"):
            continue
        page.add(f"{inert(cause['title'], limit=120)}: {why.sure(cause)}", first="  ", rest="    ")
        for line in why.grounds(cause):
            page.add(inert(line, limit=400), first="    ", rest="      ")
    for line in why.ruled_out(summary):
        page.add(inert(line, limit=400), first="  ", rest="    ")


def _worth(page: _Page, summary: Summary) -> None:
    worth = summary["worth"]
    if worth is None:
        return
    page.title("Worth in real rows")
    page.add(inert(worth["alone"], limit=400), first="  ", rest="    ")
    page.add(inert(worth["beside"], limit=400), first="  ", rest="    ")
    if worth["learners"]:
        said = [("by what it covers", worth["coverage"])]
        said += [
            (f"by what it teaches about {wording.learnt(learner['name'])}", learner["value"])
            for learner in worth["learners"]
        ]
        values = "; ".join(
            f"{by} {wording.real_rows(value)} ({wording.real_rows_interval(value)})" for by, value in said
        )
        page.add(f"{wording.capital(values)}. {wording.gap(worth)}".rstrip(), first="  ", rest="    ")
    if worth["bands"]:
        page.add(f"By coverage in each band of rarity, where {worth['rows']:,} is reality:", first="  ")
    names = [inert(band["band"], limit=24) for band in worth["bands"]]
    wide = max(map(cells, names), default=0)
    for band, name in zip(worth["bands"], names, strict=True):
        text = f"undetermined: {inert(band['reason'] or 'too few rows', limit=200)}"
        if band["value"] is not None:
            text = f"{wording.real_rows(band['value'])} ({wording.real_rows_interval(band['value'])})"
        page.add(text, first=f"    {pad(name, wide)}  ")
    if worth["uncovered"] and wording.short(summary):
        page.add(f"Covered by nobody any more: {wording.nobody_covers(worth)}", first="  ", rest="    ")
    page.add(f"Judged by {_lower(inert(worth['representation'], limit=400))}", first="  ", rest="    ")
    page.add(f"Blind to {inert(worth['blind_to'], limit=300)}", first="  ", rest="    ")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _diversity(page: _Page, summary: Summary) -> None:
    diversity = summary["diversity"]
    if diversity is None:
        return
    page.title("Diversity, as a share of reality's")
    if diversity["score"] is not None:
        page.add(f"score {diversity['score']:.2f}; fresh real rows score about 1", first="  ")
    names = [cut(wording.counted(row), max(12, page.width - 28)) for row in diversity["orders"]]
    wide = max(map(cells, names), default=0)
    for row, name in zip(diversity["orders"], names, strict=True):
        null = wording.share_interval((row["low"], row["high"]))
        page.add(f"{wording.share(row['ratio'])}  reality {null}", first=f"  {pad(name, wide)}  ")


def _finding(page: _Page, finding: Finding, phrases: list[Phrase], *, worth: bool) -> None:
    word = wording.VERDICT_WORDS[finding["verdict"]].lower()
    page.title(f"{inert(finding['title'], limit=200)} ({word})")
    page.add(wording.standing(inert(finding["sentence"], limit=600)), first="  ")
    named = finding["measure"] == "artifacts" and phrases
    # What stands in a part of its own is not said twice.
    told = named or (finding["measure"] == "real_equivalent_rows" and worth)
    for line in [] if told else finding["evidence"]:
        page.add(wording.capital(inert(line, limit=300)), first="  - ")
    if finding["strata"]:
        page.add(f"Strata: {_names(finding['strata'])}", first="  ", rest="    ")
    if named:
        for phrase in phrases[:PHRASES]:
            shares = f"{wording.share(phrase['candidate_share'])} of rows, {wording.share(phrase['real_share'])} in reality"
            page.add(f"{phrase['kind']} “{inert(phrase['phrase'], limit=100)}”: {shares}", first="  - ")
    for example in finding["examples"][:EXAMPLES]:
        _example(page, example)
    if finding["record_count"] > len(finding["examples"][:EXAMPLES]):
        page.add(f"{wording.look_at(finding)}; --json lists their ids", first="  ")
    page.add(f"Do: {inert(finding['do'], limit=400)}", first="  ", rest="      ")


def _example(page: _Page, example: Example) -> None:
    side = "real row" if example["side"] == "anchor" else "candidate row"
    where = f"{side} {_name(example['id'])}"
    if example["stratum"] is not None:
        where += f", {_name(example['stratum'])}"
    if example["note"] is not None:
        where += f" ({inert(example['note'], limit=100)})"
    page.add(where, first="    ")
    if example["text"] is not None:
        page.add(f"“{inert(example['text'], limit=200)}”", first="      ")


def _readings(page: _Page, readings: list[Reading]) -> None:
    if not readings:
        return
    page.title("Readings")
    unasked = [reading for reading in readings if not wording.asked(reading)]
    readings = [reading for reading in readings if wording.asked(reading)]
    heads = ["", "reading", "candidate", "reality itself scores", ""]
    table = [
        [
            wording.state(reading),
            inert(reading["title"], limit=60),
            wording.scored(reading),
            wording.reality(reading),
            wording.p_value(reading["p_adjusted"] if reading["judged"] else reading["p_value"]),
        ]
        for reading in readings
    ]
    widths = [max(cells(row[column]) for row in [heads, *table]) for column in range(len(heads))]
    room = page.width - 2 - sum(widths) + widths[1] - 2 * (len(heads) - 1)
    compact = room < 16
    widths[1] = min(widths[1], max(room, 16))
    indent = "    " if compact else " " * (widths[0] + 4)
    if not compact:
        page.lines.append(_row(heads, widths))
    for row, reading in zip(table, readings, strict=True):
        if compact:
            page.add(f"{row[0]}  {row[1]}", first="  ", rest=indent)
            scored = f"reality itself scores {row[3]}" if row[3] else ""
            page.add("; ".join(part for part in (row[2], scored, row[4]) if part), first=indent)
        else:
            title, *more = wrap(row[1], widths[1])
            page.lines.append(_row([row[0], title, *row[2:]], widths))
            page.lines.extend(indent + line for line in more)
        page.add("; ".join(inert(part, limit=200) for part in wording.limits(reading)), first=indent)
    for reading in unasked:
        why = "; ".join(inert(part, limit=200) for part in wording.limits(reading))
        page.add(
            f"{wording.state(reading)}  {inert(reading['title'], limit=60)}: {why}", first="  ", rest="    "
        )


def _row(row: list[str], widths: list[int]) -> str:
    padded = [
        pad(text, at, right=place in {2, 3}) for place, (text, at) in enumerate(zip(row, widths, strict=True))
    ]
    return "  " + "  ".join(padded)


def _strata(page: _Page, summary: Summary) -> None:
    strata = summary["strata"]
    if not strata["table"] and not strata["not_in_anchor"]:
        return
    lost = wording.lost(summary)
    page.title(
        f"Strata: {len(lost):,} of {strata['count']:,} lost"
        if lost
        else f"Strata: none of {strata['count']:,} named as lost"
    )
    origin = wording.ORIGINS[strata["origin"]]
    if strata["column"] is not None:
        origin += f" ({_name(strata['column'])})"
    if strata["accuracy"] is not None:
        origin += f", which reads {wording.share(strata['accuracy'])} of unseen real rows rightly"
    page.add(origin, first="  ")
    if strata["warning"]:
        page.add(inert(strata["warning"], limit=300), first="  ! ")
    wide = min(
        max([cells(_name(row["stratum"])) for row in lost[:NAMES]], default=0), max(12, page.width - 50)
    )
    for row in lost[:NAMES]:
        figures = (
            f"{wording.count(row['candidate_rows'])} of {wording.expected(row['expected_rows'])} expected rows, "
            f"{wording.share(row['retention'])} ({wording.share_interval(row['interval'])})"
        )
        page.add(figures, first=f"  {pad(_name(row['stratum']), wide)}  ")
    if len(lost) > NAMES:
        page.add(f"and {len(lost) - NAMES:,} more; --json lists them all", first="  ")
    if strata["not_in_anchor"]:
        page.add(f"only in the candidate: {_names(strata['not_in_anchor'])}", first="  ")


def _bands(page: _Page, summary: Summary) -> None:
    if not summary["bands"]:
        return
    page.title("Retention by rarity")
    names = [inert(band["band"], limit=30) for band in summary["bands"]]
    kept = [
        ""
        if band["retention"] is None
        else f"{wording.share(band['retention'])} ({wording.share_interval(band['interval'])})"
        for band in summary["bands"]
    ]
    wide, widest = max(map(cells, names)), max(map(cells, kept))
    for band, name, text in zip(summary["bands"], names, kept, strict=True):
        line = f"{pad(text, widest)}  reality {wording.band_shares(band['null'])}"
        if not text:
            line = f"undetermined: {inert(band['reason'] or 'too few rows', limit=200)}"
        page.add(line, first=f"  {pad(name, wide)}  ")


def _list(page: _Page, title: str, lines: list[str]) -> None:
    if not lines:
        return
    page.title(title)
    for line in lines:
        page.add(inert(line, limit=400), first="  - ")


def _detection(page: _Page, summary: Summary) -> None:
    page.title("How the rows were read")
    for side, source in (("candidate", summary["candidate"]), ("real", summary["anchor"])):
        page.add(f"{side}: {_read(source)}", first="  ", rest="    ")
        for note in source["notes"][:8]:
            page.add(inert(note, limit=200), first="    ")


def _read(source: Source) -> str:
    parts = [
        f"shape {inert(source['shape'], limit=LABEL)}",
        f"text from column {_name(source['text_column'])}",
        "no label"
        if source["label_column"] is None
        else f"label from column {_name(source['label_column'])}",
        wording.groups(source),
    ]
    if source["empty_rows"]:
        parts.append(f"{wording.rows(source['empty_rows'])} without text left out")
    if source["skipped_rows"]:
        parts.append(f"{wording.rows(source['skipped_rows'])} unreadable and skipped")
    return ", ".join(parts)


def _names(names: list[str]) -> str:
    more = len(names) - NAMES
    return ", ".join(_name(name) for name in names[:NAMES]) + (f" and {more:,} more" if more > 0 else "")


def _name(text: str) -> str:
    return inert(text, limit=60)
