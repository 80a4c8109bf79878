"""The numbers of the figure: from a store's lines to bars, leads and pages. The committed page says what the committed store bears."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from scipy.stats import binomtest

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="module", autouse=True)
def programs():
    """The programs of the figure are a folder beside `src`, found as Python finds those beside a script."""
    before = set(sys.modules)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield
    sys.path.remove(str(ROOT / "benchmarks"))
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "collapse":
            del sys.modules[name]


def generation(number, *, share=1.0, bits=1.0, **more):
    """A generation that keeps this share of the first in everything, and needs so much more bits."""
    return {
        "generation": number,
        "rows": 100,
        "real": 100 if number == 0 else 30,
        "written": 0 if number == 0 else 70,
        "accuracy": 0.8 * share,
        "rare_recall": 0.6 * share,
        "bits_per_byte": bits,
        "tail_bits_per_byte": 1.2 * bits,
        "words": [200.0 * share, 100.0 * share, 50.0 * share],
        "pairs": [400.0 * share, 300.0 * share, 200.0 * share],
        "strata": 12,
        "fell": 0,
        "rose": 0,
    } | more


def line(arm, seed, shares, *, corpus="grammar", version=1, bits=None, more=None, **key):
    """A line of a store; `more` are further fields of a generation, by its number."""
    bits = bits or [1.0] * len(shares)
    return {
        "key": {
            "version": version,
            "corpus": corpus,
            "size": 100,
            "tail": 0.5,
            "seed": seed,
            "arm": arm,
            "learner": "n-grams",
        }
        | key,
        "seconds": 10 + seed,
        "generations": [
            generation(number, share=share, bits=bit, **(more or {}).get(number, {}))
            for number, (share, bit) in enumerate(zip(shares, bits, strict=True))
        ],
    }


def cases(lines, **how):
    from collapse.summary import sort_cases

    return sort_cases(lines, version=1, **how)


def standings(case):
    from collapse.summary import bars_of

    return [(bar.arm, bar.quantity.field, bar.standing) for bar in bars_of(case)]


GOOD = [
    line("managed", 1, [1, 0.97, 0.96], bits=[1, 1.01, 1.02]),
    line("managed", 2, [1, 0.99, 0.98], bits=[1, 1.01, 1.04]),
    line("replace", 1, [1, 0.8, 0.5], bits=[1, 1.3, 1.6]),
    line("replace", 2, [1, 0.8, 0.7], bits=[1, 1.3, 1.6]),
    line("real rows alone", 1, [1, 0.9, 0.9], bits=[1, 1.2, 1.2]),
    line("real rows alone", 2, [1, 0.9, 0.99], bits=[1, 1.2, 1.2]),
]


def test_what_is_kept_is_held_against_generation_0_of_the_same_seed():
    from collapse.summary import ACCURACY, TAIL

    (case,) = cases(GOOD)
    found = case.spread("managed", ACCURACY)
    assert (found.mean, found.low, found.high, found.count) == pytest.approx((0.97, 0.96, 0.98, 2))
    assert case.spread("managed", TAIL).mean == pytest.approx(1.03)
    assert case.spread("managed", ACCURACY, 1).mean == pytest.approx(0.98)
    assert case.spread("mix 30 %", ACCURACY) is None


def test_bars_hold_where_they_should():
    (case,) = cases(GOOD)
    assert [standing for _, _, standing in standings(case)] == ["held"] * 7
    from collapse.summary import ACCURACY, BEATEN, bars_of, gains_of

    assert gains_of(case, ACCURACY) == pytest.approx([0.06, -0.01])
    assert [bar.better for bar in bars_of(case)[-len(BEATEN) :]] == [1, 1, 2]


@pytest.mark.parametrize(
    ("arm", "shares", "wrong"),
    [
        ("managed", [1, 1, 0.9], {"managed", "real rows alone"}),
        ("replace", [1, 1, 0.99], {"replace"}),
        ("real rows alone", [1, 1, 1], {"real rows alone"}),
    ],
)
def test_bars_fall_where_they_should(arm, shares, wrong):
    lines = [one for one in GOOD if one["key"]["arm"] != arm] + [line(arm, seed, shares) for seed in (1, 2)]
    (case,) = cases(lines)
    assert {name for name, _, standing in standings(case) if standing == "missed"} == wrong


def test_a_loop_that_a_gate_stopped_proves_nothing():
    """It keeps all of generation 0 because it is generation 0."""
    stopped = {number: {"halted": "cycle 1: data_gate"} for number in (1, 2)}
    lines = [one for one in GOOD if one["key"]["arm"] != "managed"]
    (case,) = cases([*lines, line("managed", 1, [1, 1, 1], more=stopped), line("managed", 2, [1, 1, 1])])
    assert case.arms["managed"][0].halted == 1
    assert {(arm, standing) for arm, _, standing in standings(case)} == {
        ("managed", "stopped"),
        ("replace", "held"),
        ("real rows alone", "stopped"),
    }
    from collapse.page import claim

    assert "**STOPPED BY A GATE** (0 of 3 bars held, 3 stopped)" in claim([case])


def test_what_is_missing_is_not_measured():
    from collapse.page import claim

    lines = [one for one in GOOD if one["key"]["arm"] != "real rows alone"]
    unlabelled = line("replace", 3, [1, 1, 0.5])
    for one in unlabelled["generations"]:
        one |= {"accuracy": None, "rare_recall": None}
    (case,) = cases([*lines, unlabelled])
    assert [standing for arm, _, standing in standings(case) if arm == "real rows alone"] == [
        "not measured"
    ] * 3
    from collapse.summary import RARE

    assert case.spread("replace", RARE).count == 2
    assert "alone: **NOT MEASURED** (0 of 3 bars held, 3 not measured)" in claim([case])
    assert claim([]) == "No run stands in the store yet."


def test_of_two_lines_with_one_key_the_later_counts_and_other_versions_and_short_runs_do_not():
    from collapse.summary import ACCURACY

    (case,) = cases([*GOOD, line("managed", 1, [1, 1, 0.5]), line("managed", 2, [1, 0.1, 0.1], version=0)])
    assert case.spread("managed", ACCURACY).low == pytest.approx(0.5)
    (case,) = cases([*GOOD, line("mix 30 %", 1, [1, 0.1])])
    assert (case.short, case.generations, "mix 30 %" in case.arms) == (1, 2, False)


def test_corpora_stand_in_the_order_asked_for_and_settings_apart():
    found = cases(
        [line("replace", 1, [1, 1], corpus=name) for name in ("a", "b", "c")]
        + [
            line("replace", 1, [1, 1], corpus="b", size=50),
            line("replace", 1, [1, 1], corpus="b", tail=None),
        ],
        corpora=["c", "b"],
    )
    assert [(one.corpus, one.size, one.tail) for one in found] == [
        ("c", 100, 0.5),
        ("b", 50, 0.5),
        ("b", 100, None),
        ("b", 100, 0.5),
        ("a", 100, 0.5),
    ]


@pytest.mark.parametrize(("fell", "rose"), [(0, 0), (1, 0), (12, 3), (40, 39), (3, 12), (700, 500)])
def test_the_drop_of_accuracy_is_the_exact_test(fell, rose):
    from collapse.summary import drop_p_value

    said = binomtest(fell, fell + rose, 0.5, alternative="greater").pvalue if fell + rose else 1.0
    assert drop_p_value(fell, rose) == pytest.approx(said, rel=1e-9)


def audited(verdicts, falls, *, arm="replace"):
    more = {
        number: {"worth": {"verdict": verdict, "rows": 50.0 - number, "at_least": number == 0}}
        for number, verdict in enumerate(verdicts)
    }
    for number, fell in enumerate(falls):
        more[number] |= {"fell": fell, "rose": 0}
    return line(arm, 1, [1.0] * len(verdicts), more=more)


@pytest.mark.parametrize(
    ("verdicts", "falls", "alarm", "drop", "lead"),
    [
        # Of 3 generations each has a third of 1 %: 8 falls of 8 are 0.39 %, 9 of 9 are 0.2 %.
        (["pass", "fail", "fail", "fail"], [0, 8, 9, 9], 1, 2, 1),
        (["pass", "warn", "undetermined", "fail"], [0, 9, 9, 9], 3, 1, -2),
        (["pass", "fail", "pass", "fail"], [0, 1, 1, 1], 1, None, None),
        (["fail", "pass", "pass", "warn"], [0, 1, 30, 1], None, 2, None),
    ],
)
def test_the_lead_of_the_alarm(verdicts, falls, alarm, drop, lead):
    from collapse.page import claim, page_of
    from collapse.summary import warned_of

    (case,) = cases([audited(verdicts, falls)])
    (one,) = warned_of(case)
    assert (one.control, one.alarm, one.drop, one.lead) == (verdicts[0], alarm, drop, lead)
    assert ("**missed**" in page_of([case])) == (alarm is None and drop is not None)
    when = {
        1: "1 in an earlier generation",
        -2: "1 later",
        None: "1 not at all" if drop else "was not measured",
    }
    assert when[lead] in claim([case])


def test_a_run_of_which_not_every_generation_was_audited_says_nothing_of_leads():
    from collapse.summary import warned_of

    one = audited(["pass", "fail", "fail"], [0, 9, 9])
    del one["generations"][1]["worth"]
    (case,) = cases([one])
    assert warned_of(case) == ()
    assert case.worth("replace")[0].mean == 48.0


def test_costs_are_medians_of_runs_that_were_not_slowed_by_audits():
    from collapse.summary import cost_of

    (case,) = cases([*GOOD, line("managed", 3, [1, 1, 1], more={1: {"worth": {}}, 2: {"worth": {}}})])
    cost = cost_of(case, "managed")
    assert (cost.real, cost.written, cost.seconds) == (30, 140, 11.5)


def test_gates_are_counted():
    from collapse.summary import gates_of

    said = {"gates": {"data_gate": "pass", "model_gate": "fail"}}
    (case,) = cases([line("managed", 1, [1, 1, 1], more={1: said, 2: {"gates": {"data_gate": "pass"}}})])
    assert gates_of(case.arms["managed"]) == {"data_gate": {"pass": 2}, "model_gate": {"fail": 1}}


@pytest.mark.parametrize("lines", [[], GOOD, GOOD[:1], [line("a <new> arm", 1, [1, 0.5])]])
def test_a_page_and_a_picture_of_any_part_of_a_store(lines, tmp_path, capsys):
    from collapse.page import write_page

    store = tmp_path / "runs.jsonl"
    store.write_text("".join(json.dumps(one) + "\n" for one in lines) + '{"cut', encoding="utf-8")
    write_page(store, tmp_path / "page")
    assert str(tmp_path) in capsys.readouterr().out
    picture = ET.fromstring((tmp_path / "page/collapse.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    page = (tmp_path / "page/collapse.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in page
    assert "nan" not in page
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1


def test_the_claim_is_put_between_its_marks():
    from collapse.page import with_claim

    page = "a\n<!-- figure -->\nold\n<!-- end of figure -->\nb\n"
    assert with_claim(page, "new") == page.replace("old", "new")
    assert with_claim("no marks", "new") == "no marks"


def test_the_committed_page_says_what_the_committed_store_bears():
    """Whoever adds runs renews page, picture and documentation: python benchmarks/collapse_figure.py page."""
    from collapse.page import cases_of, claim, page_of
    from collapse.pictures import draw

    found = cases_of(RESULTS / "collapse_runs.jsonl")
    assert (RESULTS / "collapse.md").read_text(encoding="utf-8") == page_of(found)
    assert (RESULTS / "collapse.svg").read_text(encoding="utf-8") == draw(found)
    said = (ROOT / "docs/laboratory.md").read_text(encoding="utf-8")
    assert f"<!-- figure -->\n{claim(found)}\n<!-- end of figure -->" in said
