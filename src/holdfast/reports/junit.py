"""JUnit XML: one test case per reading, for the test tab of a CI service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from holdfast.pages.inert import LABEL, inert
from holdfast.reports import wording
from holdfast.stats.figures import about

if TYPE_CHECKING:
    from holdfast.reports.summary import Finding, Reading, Summary

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE = 600


def render(summary: Summary) -> str:
    """Render an audit as JUnit XML.

    A failed reading is a failure, one that is undetermined or was not asked for is skipped with its reason, a warning passes and says so in
    `system-out`. Record texts are left out: CI logs are read by many.

    Args:
        summary: The audit.

    Returns:
        A valid XML 1.0 document.
    """
    readings = summary["readings"]
    suite = ET.Element(
        "testsuite",
        name="holdfast",
        tests=str(len(readings)),
        failures=str(_number(readings, "fail")),
        errors="0",
        skipped=str(sum(not _answered(reading) for reading in readings)),
        time="0",
        timestamp=_text(summary["created_at"].removesuffix("Z").removesuffix("+00:00")),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("verdict", summary["verdict"]),
        ("exit_code", str(summary["exit_code"])),
        ("candidate", summary["candidate"]["name"]),
        ("anchor", summary["anchor"]["name"]),
        ("anchor_digest", summary["anchor"]["digest"] or "none"),
        ("seed", str(summary["settings"]["seed"])),
        ("holdfast_version", summary["holdfast_version"]),
        *_worth(summary),
    ):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    for reading in readings:
        _case(
            suite, reading, [found for found in summary["findings"] if found["measure"] == reading["measure"]]
        )
    ET.SubElement(suite, "system-out").text = _text(
        f"{wording.VERDICT_WORDS[summary['verdict']]}: {summary['sentence']}"
    )
    suites = ET.Element("testsuites", name="holdfast")
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _worth(summary: Summary) -> list[tuple[str, str]]:
    worth = summary["worth"]
    if worth is None:
        return []
    return [
        ("candidate_rows", str(worth["rows"])),
        ("real_equivalent_rows", wording.real_rows(worth["value"])),
        ("real_equivalent_rows_interval", wording.real_rows_interval(worth["value"])),
        ("real_equivalent_rows_added", wording.real_rows(worth["added"])),
        ("real_equivalent_rows_added_by_reality", about(worth["added"]["fresh"])),
    ]


def _case(suite: ET.Element, reading: Reading, findings: list[Finding]) -> None:
    case = ET.SubElement(
        suite, "testcase", classname="holdfast.audit", name=_text(reading["measure"], LABEL), time="0"
    )
    scored = wording.scored(reading)
    if reading["null"] is not None:
        scored += f", reality itself scores {wording.reality(reading)}"
    line = _text(f"{reading['title']}: {scored}")
    details = "\n".join(
        [line, _text(reading["unit"]), *(text for finding in findings for text in _details(finding, reading))]
    )
    if reading["verdict"] == "fail":
        ET.SubElement(case, "failure", type="fail", message=line).text = details
    elif not _answered(reading):
        ET.SubElement(case, "skipped", message=_text(reading["reason"] or "undetermined"))
    else:
        word = wording.VERDICT_WORDS[reading["verdict"]]
        ET.SubElement(
            case, "system-out"
        ).text = f"{word}: {details if reading['verdict'] == 'warn' else line}"


def _details(finding: Finding, reading: Reading) -> list[str]:
    title = [finding["title"]] if finding["title"] != reading["title"] else []
    lines = [*title, wording.standing(finding["sentence"]), *map(wording.capital, finding["evidence"])]
    if finding["strata"]:
        names = ", ".join(inert(name, limit=LABEL) for name in finding["strata"][:100])
        more = len(finding["strata"]) - 100
        lines.append(f"Strata: {names}" + (f" and {more:,} more" if more > 0 else ""))
    return [_text(line, 4_000) for line in [*lines, f"Do: {finding['do']}"]]


def _answered(reading: Reading) -> bool:
    return reading["verdict"] != "undetermined" and wording.asked(reading)


def _number(readings: list[Reading], verdict: str) -> int:
    return sum(reading["verdict"] == verdict for reading in readings)


def _text(value: str, limit: int = _LINE) -> str:
    """Text without a character that XML 1.0 forbids, escaped or not."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", wording.plain(inert(value, limit=limit)))
