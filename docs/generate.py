"""Writes what the documentation does not write by hand, and `tests/test_docs.py` asserts that it is current.

measures.md              from the docstrings of the measures, and the figures of `benchmarks/results/bench.json`
preference-measures.md   the same for preferences, rewards and voice
causes.md                from the docstrings of the causes, and the figures of `benchmarks/results/causes.json`
json.md                  from the comments of the contract in `reports/summary.py`
audit-1.schema.json      from the same contract
output blocks            in README.md and docs/*.md: every command is run, and its output is put below it

    python docs/generate.py           # with --demo also the table of the demo, which no test renews

A page is run in a folder with the files of `prepare`. A block of `sh` that starts with `holdfast` and a block of
`python` are run, in order. An HTML comment before a block says what is expected of it:

    <!-- exit: 1 -->                     the exit code, where it is not 0; one for each command
    <!-- output -->                      the next `text` block is what the last command printed
    <!-- demo -->                        the next `text` block is the table of `holdfast demo`; only `--demo` renews it
    <!-- output: Readings ... Strata -->  the same from the line that starts with the first words to the line before
                                         the one that starts with the last; either may be left out
"""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import ast
import contextlib
import dataclasses
import inspect
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WIDTH = "92"
BY_HAND = (
    "README.md",
    "docs/audit.md",
    "docs/worth.md",
    "docs/preferences.md",
    "docs/preference-loop.md",
    "docs/voice.md",
    "docs/reward.md",
    "docs/anchor.md",
    "docs/anchor-diff.md",
    "docs/selftest.md",
    "docs/lineage.md",
    "docs/export.md",
    "docs/curate.md",
    "docs/review.md",
    "docs/review-results.md",
    "docs/serve.md",
    "docs/generation.md",
    "docs/plan.md",
    "docs/blend.md",
    "docs/evaluate.md",
    "docs/history.md",
    "docs/cycles.md",
    "docs/training.md",
    "docs/storage.md",
    "docs/scale.md",
    "docs/statistics.md",
    "docs/python.md",
    "docs/ci.md",
    "docs/demo.md",
    "docs/lab.md",
    "docs/laboratory.md",
    "docs/collapse.md",
)

_HARM = 0.05
_SEEN = 0.5  # power from which on a measure is said to see a kind of damage
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!-- (exit|output)(?:: (.*?))? -->\s*\Z")
_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_DIGEST_OR_DATE = re.compile(
    r"sha256:[0-9a-f]+|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b|@[0-9a-f]{8}\b|\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?"
)


class DocumentationError(Exception):
    """A page does not hold what it says."""


def prepare(folder: Path) -> None:
    """The files that pages speak of: example data, declared shares, and an anchor frozen from the real rows."""
    from holdfast import freeze

    sys.path.insert(0, str(DOCS))
    try:
        import example
        import example_preferences
    finally:
        sys.path.remove(str(DOCS))
    example.write(folder)
    example_preferences.write(folder)
    real = [json.loads(line) for line in (folder / "real.jsonl").read_text(encoding="utf-8").splitlines()]
    intents = sorted({row["intent"] for row in real})
    shares = "".join(f"{intent},{1 if intent == 'balance' else 0.5}\n" for intent in intents)
    (folder / "mix.csv").write_text("stratum,share\n" + shares, encoding="utf-8")
    freeze(folder / "real.jsonl", output=folder / "anchor")


def run_page(page: str, folder: Path, store: Path | None = None) -> str:
    """Run the blocks of a page in a folder; the page with the outputs they gave.

    Args:
        page: The text of the page.
        folder: Where its commands run.
        store: Where audits are kept, so that what several pages ask is computed once.

    Raises:
        DocumentationError: An exit code is another than the page says, or a block of Python raised.
    """
    names: dict[str, Any] = {"__name__": "page"}
    output, parts, done = "", [], 0
    with _settled(folder, store):
        for match in _BLOCK.finditer(page):
            before = page[done : match.start()]
            kind, said = _said(before)
            body = match[2]
            if match[1] == "sh" and body.startswith("holdfast"):
                output = _run_commands(body, said if kind == "exit" else None)
            elif match[1] == "python":
                output = _run_python(body, names)
            elif match[1] == "text" and kind == "output":
                found = _cut(output, said)
                body = body if same(body, found) else found
            parts += [before, f"```{match[1]}\n{body}```"]
            done = match.end()
    return "".join([*parts, page[done:]])


def same(committed: str, found: str) -> bool:
    """Whether two outputs say the same: the same words, every figure within a tenth.

    Another version of numpy or another processor may draw or round a little differently; words must not change.
    """
    pair = [" ".join(_DIGEST_OR_DATE.sub("…", text).split()) for text in (committed, found)]
    words = [_FIGURE.sub("0", text) for text in pair]
    if words[0] != words[1]:
        return False
    figures = [[float(figure.replace(",", "")) for figure in _FIGURE.findall(text)] for text in pair]
    return all(abs(a - b) <= 0.1 * max(a, b) for a, b in zip(*figures, strict=True))


@contextlib.contextmanager
def _settled(folder: Path, store: Path | None) -> Iterator[None]:
    wanted = {"COLUMNS": WIDTH} | ({"HOLDFAST_STORE": str(store)} if store else {})
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _said(before: str) -> tuple[str | None, str | None]:
    match = _COMMENT.search(before)
    return (match[1], match[2]) if match else (None, None)


def commands(block: str) -> list[list[str]]:
    """The commands of a block, each as its words; a backslash at the end of a line continues it."""
    lines = block.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("holdfast")]


def _run_commands(block: str, exits: str | None) -> str:
    from holdfast.cli import run

    found = commands(block)
    expected = [int(code) for code in (exits or "").split()] or [0] * len(found)
    if len(expected) != len(found):
        raise DocumentationError(f"{len(found)} commands, {len(expected)} exit codes:\n{block}")
    out = io.StringIO()
    for words, code in zip(found, expected, strict=True):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            got = run(words[1:])
        if got != code:
            raise DocumentationError(f"{shlex.join(words)} exits {got}, not {code}:\n{err.getvalue()}")
    return out.getvalue()


def _run_python(block: str, names: dict[str, Any]) -> str:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(block, "<page>", "exec"), names)  # noqa: S102 - our own page
    except Exception as error:
        raise DocumentationError(f"{type(error).__name__}: {error}\n{block}") from error
    return out.getvalue()


def _cut(output: str, said: str | None) -> str:
    lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in output.splitlines()]
    first, _, last = (said or "").partition("...")
    begin = _line(lines, first.strip(), 0) if first.strip() else 0
    end = _line(lines, last.strip(), begin + 1) if last.strip() else len(lines)
    body = lines[begin:end]
    while body and not body[-1].strip():
        body.pop()
    return "".join(f"{line}\n" for line in body)


def _line(lines: list[str], start: str, begin: int) -> int:
    for number in range(begin, len(lines)):
        if lines[number].strip().startswith(start):
            return number
    raise DocumentationError(f"no line of the output starts with {start!r}:\n" + "\n".join(lines))


# ── measures.md ──────────────────────────────────────────────────────────────────────────────────

_SECTIONS = ("Reads", "Blind to", "Undetermined", "Cost", "Source")


def measures_page() -> str:
    """Every measure, from its docstring."""
    from holdfast.measures import MEASURES

    parts = [
        "# Measures\n\n",
        "<!-- Written by docs/generate.py from the docstrings in src/holdfast/measures. Do not edit. -->\n"
        "<!-- fmt: off -->\n\n",
        "A measure compares a candidate with an anchor. Its reading is a value, the band that reality itself scores at "
        "the same size,\na p-value, an effect (how much worse than reality), and the smallest effect it could have seen. "
        "The name is what\n`--tolerance name=share` and `Audit.outcome(name)` take. How readings become a verdict: "
        "[statistics.md](statistics.md).\n\n",
        "*Alarms on reality* and *sees alone* are measured (`benchmarks/bench.py`): the first on fresh real rows of four corpora, "
        "the second by the\nmeasure's own rule on sets into which known damage was planted ([lab.md](lab.md) says what D1 to D15 "
        "are). One measure is not asked\nto see everything; what the audit as a whole sees stands in "
        "[benchmarks/results/bench.md](../benchmarks/results/bench.md).\n\n",
        "| measure | asks for | may fail a candidate | tolerance |\n|---|---|---|---|\n",
    ]
    parts += [f"| [`{m.name}`](#{m.name}) | {m.title} | {_role(m)} | {_share(m)} |\n" for m in MEASURES]
    parts += [_measure(measure) for measure in MEASURES]
    return "".join(parts)


def causes_page() -> str:
    """Every cause, from its docstring and its figures."""
    from holdfast.audits.causes import SUSPECTS
    from holdfast.audits.causes.diagnosis import LIKELY, POSSIBLE, SAID
    from holdfast.audits.causes.weights import WEIGHTS

    found = json.loads((ROOT / "benchmarks/results/causes.json").read_text())
    left_out = found["left_out"]
    names = ", ".join(f"{name} ({count:,})" for name, count in found["corpora"].items())
    parts = [
        "# Causes",
        "<!-- Written by docs/generate.py from the docstrings in src/holdfast/audits/causes and from "
        "benchmarks/results/causes.json. Do not edit. -->\n<!-- fmt: off -->",
        "An audit says what left reality's band, and then why that may be. A cause adds up what the readings say for it and "
        f"against it. From a confidence of {LIKELY:.0%} on it is *likely*, from {POSSIBLE:.0%} on *possible*, below that "
        "*excluded* (“not this”), and *unknown* where half of the measures it asks could not answer. Two causes can be "
        "likely at once: diagnose first, then judge how bad it is inside the cause.",
        "A confidence is the share of sets with known causes that showed such readings and had it. It was fitted on "
        f"{found['patterns']:,} sets into which causes were planted, in {len(found['corpora'])} corpora: {names}. Each corpus "
        "was then diagnosed with weights fitted on the others: macro-F1 "
        f"**{left_out['macro_f1_of_visible']:.2f}** where there were findings to explain.".replace("%", " %"),
        "| cause | asks about | named where it was planted and found | named where another was | named in controls | F1 |\n"
        "|---|---|---|---|---|---|\n"
        + "\n".join(
            f"| [`{s.id}`](#{s.id}) | {s.title} | {_of(r['named'], r['planted'])} | "
            f"{_of(r['named_in_others'], r['others'])} | {_of(r['named_in_controls'], r['controls'])} | "
            f"{left_out['f1'][s.id]:.2f} |"
            for s in SUSPECTS
            for r in (left_out["rates"][s.id],)
        ),
        "How right a stated confidence was, on corpora left out of the fit:",
        "| stated | on average | true | judgements |\n|---|---|---|---|\n"
        + "\n".join(
            f"| {row['from']:.0%} to {row['to']:.0%} | {row['stated']:.0%} | {row['true']:.0%} | {row['count']:,} |"
            for row in left_out["reliability"]
        ).replace("%", " %"),
    ]
    for suspect in SUSPECTS:
        _, weights = WEIGHTS[suspect.id]
        ranked = sorted(weights, key=lambda sign: -weights[sign])
        told = (
            inspect.cleandoc(suspect.__doc__ or "")
            .replace("\n\n", "\0")
            .replace("\n", " ")
            .replace("\0", "\n\n")
        )
        rows = [
            ("Speaks for it", "; ".join(SAID[s] for s in ranked[:5] if weights[s] > 0)),
            ("Speaks against it", "; ".join(SAID[s] for s in ranked[::-1][:5] if weights[s] < 0)),
            ("Asks", ", ".join(f"[`{name}`](measures.md#{name})" for name in suspect.asks)),
            ("To confirm", suspect.confirm),
            ("What helps", suspect.remedy),
        ]
        table = "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows)
        parts.append(f"## {suspect.id}\n\n**{suspect.title}.** {told}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _of(hits: int, draws: int) -> str:
    return f"{hits:,} of {draws:,}"


def _role(measure: Any) -> str:
    if not measure.judged:
        return "no, it warns"
    return "yes; if undetermined, so is the audit" if measure.decisive else "yes"


def _share(measure: Any) -> str:
    unit = "points" if measure.percent else "%"
    return f"{100 * measure.tolerance:g} {unit}{' of its rows' if measure.name == 'real_equivalent_rows' else ''}"


def _figures(name: str) -> str:
    """Rows of a measure's table: how often it alarms on reality, and what it sees, alone, of harm."""
    if name == "prompt_diversity":
        return _prompt_figures()
    found = json.loads((ROOT / "benchmarks/results/bench.json").read_text())
    card = found["detectors"][f"holdfast:{name}"]
    hits, draws = card["false_alarms"]
    power = next(power for power in card["power_by_rule"] if power["harm"] == _HARM)
    shares = {scenario: hit / of for scenario, (hit, of) in power["by_scenario"].items()}
    seen = sorted((s for s in shares if shares[s] >= _SEEN), key=lambda s: (-shares[s], len(s), s))
    names = ", ".join(f"{s} ({shares[s]:.0%})".replace("%", " %") for s in seen) or "none of them, alone"
    return (
        f"| Alarms on reality | {_of(hits, draws)} sets of fresh real rows (at most {100 * card['false_alarms_upper']:.1f} %) |\n"
        f"| Sees alone | of {len(shares)} kinds of damage that cost {100 * _HARM:g} points of recall or more: {names} |\n"
    )


def _prompt_figures() -> str:
    rows = json.loads((ROOT / "benchmarks/results/prompts.json").read_text())
    null = [row for row in rows if row["collapsed"] == 0]
    hits, draws = (sum(row[key] for row in null) for key in ("warned", "draws"))
    said = "; ".join(
        f"{row['collapsed']:.0%}: {_of(row['warned'], row['draws'])}".replace("%", " %", 1)
        + (" (the same prompts)" if row["same_prompts"] else " (other prompts)")
        for row in rows
        if row["collapsed"]
    )
    return (
        f"| Alarms on reality | {_of(hits, draws)} draws of answers by the same models |\n"
        f"| Sees alone | where a share of {rows[0]['prompts']} prompts got the same answer twice: {said} |\n"
    )


def _measure(measure: Any) -> str:
    text, sections, example = read_docstring(type(measure))
    rows = "".join(f"| {name} | {sections[name]} |\n" for name in _SECTIONS)
    options = ", ".join(
        f"`{field.name}={getattr(measure, field.name)!r}`" for field in dataclasses.fields(measure)
    )
    return (
        f"\n## {measure.name}\n\n**{measure.title}** (`{type(measure).__name__}`, version {measure.version}; "
        f"the value completes “x {'% ' if measure.percent else ''}{measure.unit}”).\n\n{text}\n\n"
        f"| | |\n|---|---|\n{rows}{_figures(measure.name)}| Tolerance | {_share(measure)} |\n| Options in Python | {options} |\n\n"
        f"```pycon\n>>> from holdfast.measures import Calibration, {type(measure).__name__}\n{example}```\n"
    )


def preference_measures_page() -> str:
    """Every measure of preferences, of rewards and of a brand's voice, from its docstring."""
    from holdfast.audits.reward.auditing import MEASURES as REWARDS
    from holdfast.measures.model.brand import BrandRetention, RetentionSince, ToldApart
    from holdfast.measures.preference import PREFERENCE_MEASURES

    parts = [
        "# Measures of preferences, rewards and voice\n\n",
        "<!-- Written by docs/generate.py from the docstrings in src/holdfast/measures. Do not edit. -->\n"
        "<!-- fmt: off -->\n\n",
        "What [an audit of preferences](preferences.md), [of rewards](reward.md) and [of a brand's voice](voice.md) reads. Each reading stands "
        "beside what\npeople score in its place.\n",
    ]
    for title, measures in (
        ("Labels", PREFERENCE_MEASURES),
        ("Rewards", REWARDS),
        ("A brand's voice", (BrandRetention(), RetentionSince(), ToldApart())),
    ):
        parts.append(f"\n## {title}\n")
        for measure in measures:
            text, sections, _ = read_docstring(type(measure))
            rows = "".join(f"| {name} | {sections[name]} |\n" for name in _SECTIONS)
            parts.append(
                f"\n### {measure.name}\n\n**{measure.title}** (`{type(measure).__name__}`, version {measure.version}; the value completes "
                f"“x {measure.unit}”).\n\n{text}\n\n| | |\n|---|---|\n{rows}"
            )
    return "".join(parts)


def read_docstring(kind: type) -> tuple[str, dict[str, str], str]:
    """The prose of a measure's docstring, its sections by name, and its doctest."""
    lines = (inspect.getdoc(kind) or "").splitlines()
    prose: list[str] = []
    sections: dict[str, str] = {}
    example: list[str] = []
    heading = None
    for line in lines:
        if line.startswith((">>>", "...")) or example:
            example.append(line)
        elif line in _SECTIONS:
            heading = line
            sections[heading] = ""
        elif line.startswith("    ") and heading:
            sections[heading] = f"{sections[heading]} {line.strip()}".strip().replace("|", "\\|")
        elif heading is None:
            prose.append(line)
    missing = set(_SECTIONS) - set(sections)
    if missing:
        raise DocumentationError(f"{kind.__name__} does not say: {', '.join(sorted(missing))}")
    return "\n".join(prose).strip(), sections, "".join(f"{line}\n" for line in example if line)


# ── json.md ──────────────────────────────────────────────────────────────────────────────────────

_INTRODUCTION = """# The JSON of an audit

<!-- Written by docs/generate.py from src/holdfast/reports/summary.py. Do not edit. -->

`holdfast audit ... --json FILE` writes an audit as plain data; every other report is rendered from the same data. The
key `schema` is `{schema}`. Within one schema version no key is removed or given another meaning; keys may be added, so
ignore what you do not know. A [JSON Schema]({file}) is generated from the same contract. Unknown values are `null`:
never 0, never NaN. Shares are between 0 and 1 (a retention may exceed 1), intervals are pairs `[low, high]`.

With `--no-text`, `text` is `null` everywhere and phrases are replaced by their number of words.
"""

# Keys whose meaning the contract leaves to their name.
_MEANINGS = {
    "Source.name": "short name, as in the reports",
    "Source.files": "files that were read, in order; empty for rows from memory",
    "Source.text_column": "column, or columns joined by `+`, of the text",
    "Source.label_column": "column of the strata",
    "Source.id_column": "column of the ids; null where ids are `file:line` or row numbers",
    "AnchorSource.kind": "an anchor's folder (`--anchor`) or real rows (`--real`)",
    "Band.median": "half of the draws score less",
    "Band.low": "2.5 % of the draws score less",
    "Band.high": "2.5 % of the draws score more",
    "Stratum.stratum": "its label, or `cluster n`",
    "Stratum.real_rows": "real rows in it",
    "Stratum.candidate_rows": "candidate rows in it",
    "Stratum.real_share": "expected share: the real rows', or the declared one",
    "Stratum.candidate_share": "share of the candidate's rows",
    "RarityBand.real_rows": "real rows that evaluate the band",
    "RarityBand.candidate_rows": "candidate rows in it",
    "RarityBand.interval": "95 %",
    "RarityBand.null": "what reality retains of itself",
    "Reading.version": "raised whenever older readings of this measure stop being comparable",
    "Reading.value": "the reading; null where it is undetermined",
    "Reading.null": "what reality itself scores at the same size",
    "Reading.interval": "95 % interval of the value, where one is defined",
    "Reading.p_value": "one-sided; of an advisory measure the smallest of its names",
    "Reading.tolerance": "largest effect that is let pass",
    "Reading.draws": "null draws",
    "Reading.verdict": "of this reading alone",
    "Reading.reads": "how to read the value, from the measure's documentation",
    "Reading.blind_to": "what it cannot see",
    "Reading.source": "where the method comes from",
    "RealRows.low": "95 % interval, lower end",
    "AddedRows.joined": "real rows it joins",
    "WorthStratum.stratum": "its label",
    "WorthStratum.value": "its worth",
    "Worth.added": "what it adds to the real rows",
    "Worth.curve": "the coverage curve, for a picture",
    "Worth.judges": "real rows that judge",
    "Worth.bands": "worth in each rarity band, rarest first",
    "UncoveredRow.id": "its id",
    "UncoveredRow.stratum": "its stratum, where it has one",
    "DiversityOrder.real": "reality's",
    "DiversityOrder.candidate": "the candidate's",
    "DiversityOrder.high": "its upper end",
    "Diversity.score": "the diversity score Ds: 1 is as varied as reality",
    "Diversity.orders": "one row for each thing counted and each order",
    "WorthBand.judges": "real rows that judge it",
    "Example.id": "record id",
    "Example.side": "a candidate row, or a real row of the reference (never of the holdout)",
    "Example.stratum": "its stratum, where it has one",
    "Finding.measure": "name of the measure",
    "Finding.verdict": "`fail` or `warn`",
    "Finding.title": "the measure's title",
    "Finding.sentence": "what was found",
    "Finding.evidence": "the figures behind it, one sentence each",
    "Finding.strata": "strata concerned",
    "Finding.record_count": "candidate rows it rests on",
    "Finding.examples": "a few records to look at",
    "Finding.do": "what to do about it",
    "Phrase.phrase": "the words, or the name of the format",
    "Phrase.kind": "`closer` stands for the last words of a row",
    "Phrase.candidate_rows": "distinct candidate rows that hold it",
    "Phrase.candidate_share": "their share",
    "Phrase.real_rows": "distinct real rows that hold it",
    "Phrase.real_share": "their share",
    "Phrase.rate_ratio": "how many times as frequent; half a row is added on both sides",
    "Phrase.interval": "95 %",
    "Phrase.p_value": "one-sided, raw",
    "Settings.use": "`--use`",
    "Settings.only": "`--only`",
    "Settings.expect": "`--expect`: the file, or `given shares`",
    "Settings.alpha": "`--alpha`",
    "Settings.tolerances": "tolerance in force, by measure",
    "Settings.on_undetermined": "`--on-undetermined`",
    "Settings.detectable": "`--detectable`",
    "Settings.draws": "`--draws`",
    "Settings.encoder": "`--encoder`, by name and version",
    "Settings.seed": "`--seed`",
    "Settings.show_text": "false with `--no-text`",
    "Strata.origin": "where they come from; see [audit.md](audit.md#where-strata-come-from)",
    "Strata.column": "the column of the real rows",
    "Strata.count": "how many there are",
    "Strata.warning": "what this origin makes one blind to",
    "Summary.schema": "name and version of this form",
    "Summary.holdfast_version": "version that wrote this",
    "Summary.verdict": "of the whole audit",
    "Summary.exit_code": "what the command exits with",
    "Summary.sentence": "the answer in one sentence",
    "Summary.candidate": "the set under examination",
    "Summary.anchor": "what it was held against",
    "Summary.settings": "what was asked for",
    "Summary.strata": "strata and what became of each",
    "Summary.bands": "retention by rarity",
    "Summary.readings": "every measure, judged",
    "Summary.findings": "failures, then warnings",
    "Summary.phrases": "phrases and formats that give the generator away",
}


def json_page() -> str:
    """The contract of the JSON form, key by key."""
    from holdfast.reports import summary

    source = inspect.getsource(summary)
    lines = source.splitlines()
    kinds = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    names = {kind.name for kind in kinds}
    ordered = sorted(kinds, key=lambda kind: kind.name != "Summary")
    parts = [_INTRODUCTION.format(schema=summary.SCHEMA, file="audit-1.schema.json")]
    parts += [_contract(kind, lines, names) for kind in ordered]
    return "".join(parts)


def _contract(kind: ast.ClassDef, lines: list[str], names: set[str]) -> str:
    base = [name.id for name in kind.bases if isinstance(name, ast.Name) and name.id in names]
    more = f" Has every key of [{base[0]}](#{base[0].lower()}), and:" if base else ""
    text = " ".join((ast.get_docstring(kind) or "").split())
    rows = []
    for node in kind.body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        _, _, comment = lines[node.lineno - 1].partition("  # ")
        said = re.sub(
            r"(?<![`\w])(--[a-z-]+)",
            r"`\1`",
            comment.strip().replace("None", "null").replace("False", "false"),
        )
        meaning = said or _MEANINGS.get(f"{kind.name}.{node.target.id}", "")
        if not meaning:
            raise DocumentationError(
                f"{kind.name}.{node.target.id} has no meaning: say it in reports/summary.py"
            )
        rows.append(f"| `{node.target.id}` | {_type(ast.unparse(node.annotation), names)} | {meaning} |\n")
    return f"\n## {kind.name}\n\n{text}{more}\n\n| key | type | meaning |\n|---|---|---|\n{''.join(rows)}"


_WORDS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "None": "null",
    "Verdict": '`"pass"`, `"warn"`, `"fail"` or `"undetermined"`',
}


def _plural(word: str) -> str:
    return word if word.endswith(")") else f"{word}s"


def _type(annotation: str, names: set[str]) -> str:
    options = []
    for part in annotation.split(" | "):
        if part.startswith("Literal["):
            options += [f'`"{word}"`' for word in ast.literal_eval(f"[{part[8:-1]}]")]
        elif part.startswith("list["):
            options.append(f"list of {_plural(_type(part[5:-1], names))}")
        elif part.startswith("dict[str, "):
            options.append(f"object of {_type(part[10:-1], names)}s")
        elif part.startswith("tuple["):
            options.append("pair of numbers")
        elif part in names:
            options.append(f"[{part}](#{part.lower()})")
        else:
            options.append(_WORDS[part])
    return " or ".join(options)


def schema_file() -> str:
    """The JSON Schema, as a file."""
    from holdfast.reports import schema

    return json.dumps(schema(), indent=2) + "\n"


def pages() -> dict[str, str]:
    """The files that are generated whole, by path."""
    return {
        "docs/measures.md": measures_page(),
        "docs/preference-measures.md": preference_measures_page(),
        "docs/causes.md": causes_page(),
        "docs/json.md": json_page(),
        "docs/audit-1.schema.json": schema_file(),
    }


def with_demo(page: str) -> str:
    """The page with the table that `holdfast demo` prints now."""
    with tempfile.TemporaryDirectory() as folder, _settled(Path(folder)):
        table = _cut(_run_commands("holdfast demo --quiet", None), "... open")
    return re.sub(
        r"(<!-- demo -->\n```text\n).*?(^```$)", rf"\g<1>{table}\g<2>", page, flags=re.MULTILINE | re.DOTALL
    )


def main() -> None:
    """Write everything."""
    if "--demo" in sys.argv:
        readme = ROOT / "README.md"
        readme.write_text(with_demo(readme.read_text(encoding="utf-8")), encoding="utf-8")
    for path, text in pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        ready = Path(name) / "ready"
        ready.mkdir()
        prepare(ready)
        for number, path in enumerate(BY_HAND):
            page = (ROOT / path).read_text(encoding="utf-8")
            folder = shutil.copytree(ready, Path(name) / str(number))
            (ROOT / path).write_text(run_page(page, folder, Path(name) / "store"), encoding="utf-8")
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
