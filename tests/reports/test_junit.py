from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
import samples

from holdfast.reports import render_junit


def suite(name: str) -> ET.Element:
    found = ET.fromstring(render_junit(samples.SAMPLES[name]()).encode()).find("testsuite")  # noqa: S314
    assert found is not None
    return found


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_is_valid_xml_with_one_case_per_reading(name: str) -> None:
    found = suite(name)
    readings = samples.SAMPLES[name]()["readings"]
    assert found.get("name") == "holdfast"
    assert found.get("tests") == str(len(readings)) == str(len(found.findall("testcase")))
    assert found.get("failures") == str(len(found.findall("testcase/failure")))
    assert found.get("skipped") == str(len(found.findall("testcase/skipped")))


def test_worth_is_a_property_beside_what_reality_adds() -> None:
    found = {p.get("name"): p.get("value") for p in suite("fail").iter("property")}
    assert found["real_equivalent_rows"] == "1,900"
    assert found["candidate_rows"] == "5000"
    assert found["real_equivalent_rows_added"] == "at least 940"
    assert found["real_equivalent_rows_added_by_reality"] == "3,800"


def test_failure_names_value_reality_and_strata() -> None:
    case = suite("fail").find("testcase[@name='stratum_deficit']")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("message") or "").replace("\xa0", " ") == (
        "Strata lost or thinned: 12.4 %, reality itself scores 0.9 % (0.2 to 2.1 %)"
    )
    for name in samples.GONE:
        assert name in (failure.text or "")
    assert "Do: Generate at least 20 rows" in (failure.text or "")


def test_undetermined_is_skipped_with_its_reason() -> None:
    skipped = suite("undetermined").find("testcase[@name='rarefied_diversity']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "fewer than 5,000 trigrams in the candidate"


def test_warning_passes_and_speaks() -> None:
    case = suite("warn").find("testcase[@name='phrases']")
    assert case is not None
    assert case.find("failure") is None
    said = case.findtext("system-out") or ""
    assert said.startswith("WARN: ")
    assert "Four habits of speech stand out" in said


def test_records_stay_out_of_logs() -> None:
    assert "went through the wash" not in render_junit(samples.fail())


def test_hostile_text_is_escaped() -> None:
    text = render_junit(samples.hostile())
    assert "<script" not in text
    assert "<img" not in text
    assert not set(text) & {chr(code) for code in range(32) if code not in {9, 10, 13}}
    assert "\ufffe" not in text
    assert "\ud800" not in text
