"""The dataset card of the Hugging Face Hub: a block of our own in its header, and a section of its text.

A card that is there keeps everything that its people wrote. Keys that are ours carry the comment `# by holdfast`, our section stands
between two comments; both are written anew, everything else stays.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from holdfast.errors import OutputError
from holdfast.pages.inert import inert
from holdfast.reports import wording
from holdfast.reports.exports.facts import named
from holdfast.reports.pen import Pen

if TYPE_CHECKING:
    from collections.abc import Sized

    from holdfast.reports.exports.about import About
    from holdfast.reports.exports.facts import Facts
    from holdfast.reports.summary import Summary

BEGIN, END = "<!-- holdfast: begin -->", "<!-- holdfast: end -->"
_MARK = "  # by holdfast"
_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"""^["']?([A-Za-z_][\w-]*)["']?[ \t]*:""")
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
)
_SHOWN = 30
_FILE = "README.md"


def render(facts: Facts, about: About, audit: Summary | None, old: str = "") -> str:
    """The card.

    Args:
        facts: What the folder says of itself.
        about: What its maker says.
        audit: An audit of it.
        old: The card that is there.

    Raises:
        OutputError: The card that is there has a header or marks that cannot be added to.
    """
    header, body = _split(old.removeprefix("\ufeff"))
    lines = _theirs(header)
    taken = {match[1] for line in lines if (match := _KEY.match(line))}
    ours = [f"{key}: {_yaml(value)}{_MARK}" for key, value in _keys(facts, about).items() if key not in taken]
    block = ["holdfast:" + _MARK, *_block(_about_us(facts, audit), 1)]
    # No name may end our section: a comment of a stranger is none.
    told = (line.replace("<!--", "<!\u200b--") for line in _section(facts, about, audit))
    section = "\n".join([BEGIN, *told, END])
    if body.count(BEGIN) != body.count(END) or body.count(BEGIN) > 1 or body.find(BEGIN) > body.find(END):
        raise OutputError(
            f"its text has {body.count(BEGIN)} of our comments {BEGIN!r} and {body.count(END)} of {END!r}",
            where=_FILE,
            do="Leave one of each, in this order, or none; what stands between them is written anew",
        )
    if BEGIN in body:
        start = body.index(BEGIN)
        body = body[:start] + section + body[body.index(END, start) + len(END) :]
    else:
        title = body.rstrip() or f"# {Pen(mask=False).prose(about.texts.get('name', facts.name), 200)}"
        body = f"\n{title.lstrip()}\n\n{section}\n"
    card = "\n".join(["---", *lines, *ours, *block, "---"]) + "\n" + body.rstrip("\n") + "\n"
    return card.replace("\n", "\r\n") if "\r\n" in old else card


def _split(card: str) -> tuple[str, str]:
    """Header and text. A first line of three dashes that no list of keys follows is a rule, and no header."""
    card = card.replace("\r\n", "\n")
    found = _HEADER.match(card.lstrip("\n"))
    if found and all(
        _KEY.match(line) or line[:1] in ("", " ", "\t", "#", "-") for line in found[1].split("\n")
    ):
        return found[1], card.lstrip("\n")[found.end() :]
    if found and found[1].lstrip()[:1] in ("{", "["):
        raise OutputError(
            "its header is YAML on one line, which cannot be added to", where=_FILE, do="Write one key a line"
        )
    return "", card


def _theirs(header: str) -> list[str]:
    """Lines of the header that are not ours: a key that is ours goes with everything that is indented below it."""
    blocks: list[tuple[bool, list[str]]] = []
    for line in header.removesuffix("\n").split("\n") if header else []:
        if match := _KEY.match(line):
            if match[1] == "holdfast" and not line.endswith(_MARK) and line != "holdfast:":
                raise OutputError(
                    "its header has a key 'holdfast' that is not ours", where=_FILE, do="Rename it"
                )
            blocks.append((line.endswith(_MARK) or match[1] == "holdfast", [line]))
        elif blocks and (not line.strip() or line[0].isspace() or line.startswith("-")):
            blocks[-1][1].append(line)
        else:
            blocks.append((False, [line]))
    for ours, lines in blocks:
        # A program that reads and writes YAML drops our mark; what we wrote is known by what stands in it.
        if ours and lines[0] == "holdfast:" and not any("data_hash:" in line for line in lines):
            raise OutputError("its header has a key 'holdfast' that is not ours", where=_FILE, do="Rename it")
    return [line for ours, lines in blocks if not ours for line in lines]


def _keys(facts: Facts, about: About) -> dict[str, Any]:
    """Keys of the Hub, as far as they are known."""
    found: dict[str, Any] = {}
    if about.language:
        found["language"] = list(about.language)
    license_ = license_of(facts, about)
    if license_ is not None:
        found["license"] = license_.lower()
    found["tags"] = [*(["synthetic"] if facts.synthetic else []), "holdfast"]
    if set(facts.source_types) == {"synthetic"}:
        # Of people the Hub asks whether they were found, paid or experts: nobody here knows.
        found["language_creators"] = ["machine-generated"]
    found["size_categories"] = [next((name for most, name in _SIZES if facts.data.rows < most), "1B<n<10B")]
    found["configs"] = [
        {"config_name": name, "data_files": [{"split": "train", "path": path}]}
        for name, path in (("default", facts.data.path), ("lineage", facts.lineage.path))
    ]
    return found


def license_of(facts: Facts, about: About) -> str | None:
    """The licence: as its maker says, or the one that every row has; None where rows have several, or one has none that is known."""
    said = about.texts.get("license")
    if said is not None:
        return said
    return facts.licenses[0] if facts.licenses is not None and len(facts.licenses) == 1 else None


def _about_us(facts: Facts, audit: Summary | None) -> dict[str, Any]:
    manifest = facts.manifest
    found: dict[str, Any] = {"kind": facts.kind, "rows": facts.data.rows, "data_hash": facts.data_hash}
    anchor = manifest.get("anchor") or manifest.get("reality")
    if anchor:
        found["anchor"] = {"name": str(anchor["name"]), "digest": anchor["digest"]}
    if facts.kind == "blend":
        found["mixture"] = {
            "planned_share": manifest["planned_share"],
            "realised_rows": manifest["realised_rows"]["source"],
        }
    else:
        found["dropped_rows"] = {step["name"]: step["dropped"] for step in manifest["steps"]}
    found["source_type_rows"] = named(facts.source_types)
    found["depth_rows"] = named(facts.depths)
    if audit is not None:
        worth = audit["worth"]
        if worth is not None:
            value = worth["value"]
            found["real_equivalent_rows"] = {
                "overall": round(value["real_rows"]),
                "low": round(value["low"]),
                "high": None if value["high"] is None else round(value["high"]),
                "at_least": value["at_least"],
                "reality": worth["rows"],
            }
        failed = [reading["measure"] for reading in audit["readings"] if reading["verdict"] == "fail"]
        found["audit"] = {
            "verdict": audit["verdict"],
            "anchor": audit["anchor"]["digest"] or audit["anchor"]["name"],
            "failed": failed,
        }
    return found


def _block(values: dict[str, Any], depth: int) -> list[str]:
    return [f"{'  ' * depth}{key}: {_yaml(value)}" for key, value in values.items()]


def _yaml(value: Any) -> str:
    """A value on one line; strings as in JSON, which is YAML where nothing in them has to be escaped."""
    if isinstance(value, str):
        return json.dumps(inert(value, limit=1_000), ensure_ascii=False)
    if isinstance(value, dict):
        # YAML takes keys of up to 1,024 characters, their quotes and escapes included.
        keys = (json.dumps(inert(str(key), limit=200), ensure_ascii=False) for key in value)
        return (
            "{"
            + ", ".join(f"{key}: {_yaml(member)}" for key, member in zip(keys, value.values(), strict=True))
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, float):
        # 1e-05 is a text to YAML 1.1.
        return f"{value:.6f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.1f}"
    return json.dumps(value)


def _section(facts: Facts, about: About, audit: Summary | None) -> list[str]:
    pen = Pen(mask=True)
    lines = ["## What is in it", ""]
    if about.texts.get("description"):
        lines += [pen.prose(about.texts["description"], 4_000), ""]
    lines += [*_mixture(facts, pen), *_made(facts, pen), *_against(facts, audit, pen)]
    for name, title in (
        ("dataLimitations", "Limitations"),
        ("dataBiases", "Biases"),
        ("personalSensitiveInformation", "Personal and sensitive information"),
        ("dataUseCases", "Uses"),
        ("dataSocialImpact", "Social impact"),
    ):
        if name in about.rai:
            lines += [f"### {title}", "", pen.prose(about.rai[name], 4_000), ""]
    return lines


def _mixture(facts: Facts, pen: Pen) -> list[str]:
    rows = max(facts.data.rows, 1)
    if facts.kind == "curation":
        given = facts.manifest["rows"]
        lines = [
            f"{given['kept']:,} of {given['read']:,} rows of {pen.code(facts.manifest['input']['name'])}; "
            "the others are kept with the reason for which they were dropped.",
            "",
        ]
        dropped = [step for step in facts.manifest["steps"] if step["dropped"]]
        if dropped:
            lines += ["| dropped by | rows |", "|---|--:|"]
            lines += [
                f"| {pen.code(step['name'], cell=True)} | {step['dropped']:,} |" for step in dropped[:_SHOWN]
            ]
            lines.append("")
        return lines
    planned = facts.manifest["planned_share"]
    realised = facts.manifest["realised_rows"]["source"]
    lines = ["| source | planned | rows | share |", "|---|--:|--:|--:|"]
    lines += [
        f"| {pen.code(name, cell=True)} | {100 * planned.get(name, 0):.1f} % | {count:,} | {100 * count / rows:.1f} % |"
        for name, count in list(realised.items())[:_SHOWN]
    ]
    return [*lines, *_more(realised), ""]


def _made(facts: Facts, pen: Pen) -> list[str]:
    rows = max(facts.data.rows, 1)
    lines = ["| who wrote it | rows | share |", "|---|--:|--:|"]
    lines += [
        f"| {pen.prose(name, 60)} | {count:,} | {100 * count / rows:.1f} % |"
        for name, count in named(facts.source_types).items()
    ]
    lines += ["", "| models between the rows and people | rows | share |", "|---|--:|--:|"]
    lines += [
        f"| {name} | {count:,} | {100 * count / rows:.1f} % |" for name, count in named(facts.depths).items()
    ]
    lines.append("")
    if facts.agents:
        told = ", ".join(
            f"{pen.code(name)} ({count:,})" for name, count in list(facts.agents.items())[:_SHOWN]
        )
        rest = len(facts.agents) - _SHOWN
        lines += [f"Written by {told}{f' and {rest:,} more' if rest > 0 else ''}.", ""]
    return lines


def _more(shown: Sized) -> list[str]:
    return ["", f"and {len(shown) - _SHOWN:,} more"] if len(shown) > _SHOWN else []


def _against(facts: Facts, audit: Summary | None, pen: Pen) -> list[str]:
    lines = []
    if facts.kind == "blend":
        anchor = facts.manifest["anchor"]
        lines.append(
            "Nothing was checked against a holdout."
            if anchor is None
            else f"No row copies the holdout of the anchor {pen.code(anchor['name'])}."
        )
    if audit is not None:
        lines += [
            "",
            f"Audit against {pen.code(audit['anchor']['name'])}: **{wording.VERDICT_WORDS[audit['verdict']]}**. "
            f"{pen.prose(audit['sentence'], 600)}",
        ]
        if audit["worth"] is not None:
            lines += [
                "",
                f"- {pen.prose(audit['worth']['alone'])}",
                f"- {pen.prose(audit['worth']['beside'])}",
            ]
    return [*lines, ""]
