"""The preference audit as JUnit XML: one test case per reading and judge, for the test tab of a CI service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from holdfast.pages.inert import LABEL, inert
from holdfast.reports.preferences import facts, wording
from holdfast.reports.preferences.shown import shown
from holdfast.reports.wording import VERDICT_WORDS, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.preferences.contract import Found, Reading

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE = 600


def render(found: Mapping[str, Any]) -> str:
    """Render a preference audit as JUnit XML.

    A reading whose alarm fails the set is a failure, one that is undetermined or was not asked for is skipped with its reason, a
    warning passes and says so in `system-out`. Texts of pairs are left out: CI logs are read by many.

    Args:
        found: The audit as plain data.

    Returns:
        A valid XML 1.0 document.
    """
    told = shown(found)
    readings = told["readings"]
    suite = ET.Element(
        "testsuite",
        name="holdfast",
        tests=str(len(readings)),
        failures=str(sum(_failed(told, one) for one in readings)),
        errors="0",
        skipped=str(sum(_open(one) for one in readings)),
        time="0",
    )
    properties = ET.SubElement(suite, "properties")
    anchor = told["anchor"]
    for name, value in (
        ("verdict", told["verdict"]),
        ("candidate", told["candidate"]["name"]),
        ("pairs", str(told["candidate"]["pairs"])),
        ("labels", str(told["candidate"]["labels"])),
        ("anchor", "none" if anchor is None else anchor["name"]),
        ("anchor_digest", (anchor and anchor["digest"]) or "none"),
        ("shared_pairs", "0" if anchor is None else str(anchor["shared_pairs"])),
        ("seed", str(told["settings"]["seed"])),
        ("holdfast_version", told["holdfast_version"]),
    ):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    for reading in readings:
        _case(suite, told, reading)
    ET.SubElement(suite, "system-out").text = _text(f"{VERDICT_WORDS[told['verdict']]}: {told['sentence']}")
    suites = ET.Element("testsuites", name="holdfast")
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(suite: ET.Element, found: Found, reading: Reading) -> None:
    name = reading["measure"] + (f" of {reading['subject']}" if reading["subject"] else "")
    case = ET.SubElement(
        suite, "testcase", classname="holdfast.preferences", name=_text(name, 2 * LABEL), time="0"
    )
    line = _text(
        f"{facts.title(reading)}: {wording.scored(reading)}; people in its place: {wording.people(found, reading)}"
    )
    if _open(reading):
        ET.SubElement(case, "skipped", message=_text(reading["reason"] or "undetermined"))
        return
    details = "\n".join(
        [line, *(_text(one) for one in [*wording.limits(reading), *facts.evidence([reading])])]
    )
    if _failed(found, reading):
        ET.SubElement(case, "failure", type="fail", message=line).text = details
        return
    word = wording.state(found, reading)
    ET.SubElement(case, "system-out").text = f"{word}: {details if word == 'WARN' else line}"


def _failed(found: Found, reading: Reading) -> bool:
    return wording.tone(found, reading) == "fail"


def _open(reading: Reading) -> bool:
    return reading["state"] in ("undetermined", "not_asked")


def _text(value: str, limit: int = _LINE) -> str:
    """Text without a character that XML 1.0 forbids, escaped or not."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", plain(inert(value, limit=limit)))
