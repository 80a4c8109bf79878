from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import samples

from holdfast.reports import render_json, schema
from holdfast.reports.summary import Summary


def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_round_trips_and_keeps_to_the_schema(name: str) -> None:
    summary = samples.SAMPLES[name]()
    text = render_json(summary)
    read = json.loads(text, parse_constant=pytest.fail)
    validator().validate(read)
    assert read == json.loads(json.dumps(summary)), "nothing lost, not even what means harm"
    text.encode("utf-8")


def test_schema_refuses_what_is_not_an_audit() -> None:
    def broken(change: Any) -> bool:
        read = json.loads(render_json(samples.fail()))
        change(read)
        return not validator().is_valid(read)

    assert not broken(lambda read: read.update(added_later=1)), "a later release may add keys"
    assert broken(lambda read: read.pop("verdict"))
    assert broken(lambda read: read.update(verdict="maybe"))
    assert broken(lambda read: read.update(schema="holdfast.audit/2"))
    assert broken(lambda read: read["readings"][0].update(value="12 %"))
    assert broken(lambda read: read["readings"][0]["null"].pop("low"))
    assert broken(lambda read: read["strata"]["table"][0].update(interval=[0.1]))
    assert broken(lambda read: read["anchor"].pop("digest"))
    assert broken(lambda read: read["findings"][0]["examples"][0].update(side="both"))


def test_schema_names_every_key_of_the_contract() -> None:
    assert set(schema()["required"]) == set(Summary.__annotations__) == set(schema()["properties"])
    assert set(samples.fail()) == set(Summary.__annotations__)
    assert {"rows", "kind", "digest"} <= set(schema()["$defs"]["AnchorSource"]["required"])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_non_numbers_are_refused_with_their_place(number: float) -> None:
    summary = samples.fail()
    summary["strata"]["table"][2]["interval"] = (0.0, number)
    with pytest.raises(ValueError, match=r"summary\.strata\.table\[2\]\.interval\[1\] is"):
        render_json(summary)


def test_harmless_to_look_at() -> None:
    text = render_json(samples.hostile())
    assert not set(text) & (
        {chr(code) for code in range(32) if code != 10} | {"\x9b", "\u202e", "\u2028", "\ud800"}
    )
    assert '"漢字' in text, "other scripts stay readable"
