"""Whole audits of generated worlds: what is found, what is named, what is left undetermined."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from worlds import Labelled, zipf_world

import holdfast
from holdfast.errors import HoldfastError, UsageError
from holdfast.measures import MEASURES, AnchorCopies, BandRetention, Reading, StratumDeficit, Undetermined
from holdfast.reports import render_json, summarise

DRAWS = 1_199
JUDGING = tuple(measure for measure in MEASURES if measure.judged)
DECIDING = [measure.name for measure in JUDGING]
STRATA = (StratumDeficit(), BandRetention())


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A measure that breaks."""

    name: ClassVar[str] = "broken"
    title: ClassVar[str] = "Something broken"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of nothing"
    percent: ClassVar[bool] = False
    judged: ClassVar[bool] = True
    decisive: ClassVar[bool] = False
    of_shares: ClassVar[bool] = False
    tolerance: float = 0.1

    def __call__(self, sides, null):
        raise ZeroDivisionError("nothing to divide by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing(Broken):
    """A measure that finds its input wrong."""

    def __call__(self, sides, null):
        raise holdfast.InputError("this cannot be used")


@pytest.fixture(scope="module")
def world():
    return zipf_world(0, strata=8, exponent=0.6)


@pytest.fixture(scope="module")
def real(world):
    return world.rows(800, np.random.default_rng(0))


@pytest.fixture(scope="module")
def collapsed(world, real):
    """Two strata are gone, a tenth of the rows stands twice, some are copies of real rows."""
    shares = world.shares.copy()
    shares[[5, 6]] = 0
    rng = np.random.default_rng(1)
    fresh = world.rows(600, rng, shares)
    return fresh + fresh.at(range(80)) + real.at([i for i in range(120) if real.strata[i] < "stratum 05"])


@pytest.fixture(scope="module")
def failed(real, collapsed):
    return holdfast.audit(collapsed.records(), real=real.records())


def audit(candidate, real, **options):
    """An audit by the measures that judge: what only warns moves no other verdict (see `test_what_judges_nothing...`)."""
    return holdfast.audit(candidate, real=real, **({"draws": DRAWS, "measures": JUDGING} | options))


def audit_by(measures, candidate, real, **options):
    """An audit by a few measures that judge, each at the level it has in the whole battery."""
    alpha = 0.01 * len(measures) / len(JUDGING)
    return audit(candidate, real, measures=measures, alpha=alpha, **options)


def test_a_collapsed_candidate_fails_and_the_lost_strata_are_named(failed):
    assert failed.verdict == "fail"
    assert failed.exit_code == 1
    assert failed.lost == ["stratum 05", "stratum 06"]
    assert failed.outcome("stratum_deficit").verdict == "fail"
    assert failed.outcome("near_duplicates").verdict == "fail"
    assert failed.outcome("anchor_copies").verdict == "fail"
    assert "2 of 8 strata" in failed.sentence
    assert "missing altogether" in failed.sentence
    assert failed.do


def test_fresh_reality_passes(world, real):
    result = audit(world.rows(800, np.random.default_rng(2)).records(), real.records())
    assert result.verdict == "pass"
    assert result.exit_code == 0
    assert result.findings == ()
    assert result.lost == []


def test_findings_name_rows_that_exist(failed, collapsed):
    ids = set(failed.sides.candidate.ids)
    texts = dict(zip(failed.sides.candidate.ids, failed.sides.candidate.texts, strict=True))
    real_texts = dict(zip(failed.sides.anchor.ids, failed.sides.anchor.texts, strict=True))
    assert len(ids) == len(collapsed)
    assert {finding.measure for finding in failed.findings} == {
        outcome.measure.name for outcome in failed.outcomes if outcome.verdict in ("fail", "warn")
    }
    for finding in failed.findings:
        assert set(finding.record_ids) <= ids
        assert len(finding.record_ids) == min(finding.record_count, 1_000)
        assert finding.sentence
        assert finding.do
        for example in finding.examples:
            known = real_texts if example.side == "anchor" else texts
            assert known[example.id] == example.text
            assert example.stratum is None or example.stratum in failed.sides.labels
        assert failed.rows(finding.measure)[: len(finding.record_ids)] == list(finding.record_ids)
    verdicts = [finding.verdict for finding in failed.findings]
    assert verdicts == sorted(verdicts)


def test_examples_of_a_lost_stratum_are_real_rows_of_it(failed):
    finding = next(finding for finding in failed.findings if finding.measure == "stratum_deficit")
    assert finding.strata == ("stratum 05", "stratum 06")
    assert [example.side for example in finding.examples] == ["anchor", "anchor"]
    assert [example.stratum for example in finding.examples] == ["stratum 05", "stratum 06"]


def test_the_strata_table_counts_every_row(failed, real, collapsed):
    counts, real_counts = Counter(collapsed.strata), Counter(real.strata)
    for row in failed.strata:
        assert row["candidate_rows"] == counts[row["stratum"]]
        assert row["real_rows"] == real_counts[row["stratum"]]


def test_the_same_seed_gives_the_same_summary(real, collapsed):
    def summary(seed):
        result = audit(collapsed.records(), real.records(), seed=seed, measures=MEASURES)
        return render_json(replace_time(summarise(result)))

    first = summary(3)
    assert summary(3) == first
    assert summary(4) != first


def test_what_judges_nothing_moves_no_judgement(failed, real, collapsed):
    found = audit(collapsed.records(), real.records(), draws=failed.settings.draws)
    assert found.verdict == failed.verdict
    for outcome in found.outcomes:
        whole = failed.outcome(outcome.measure.name)
        assert (outcome.verdict, outcome.p_adjusted) == (whole.verdict, whole.p_adjusted)
        assert outcome.reading.value == whole.reading.value


def test_a_summary_says_when_it_was_made_in_utc(failed):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", summarise(failed)["created_at"])


def replace_time(summary):
    return {key: value for key, value in summary.items() if key not in ("created_at", "created", "time")}


def test_judging_again_computes_nothing(failed):
    again = failed.at(alpha=0.05)
    assert [o.result for o in again.outcomes] == [o.result for o in failed.outcomes]
    for before, after in zip(failed.outcomes, again.outcomes, strict=True):
        assert after.result is before.result
    assert again.sides is failed.sides
    assert again.settings.alpha == 0.05
    assert failed.settings.alpha == 0.01
    assert failed.at().verdict == failed.verdict


def test_more_tolerance_never_adds_a_failure(failed):
    before = {name: set() for name in DECIDING}
    for tolerance in (0.9, 0.4, 0.1, 0.03, 0.0):
        again = failed.at(tolerance=dict.fromkeys(DECIDING, tolerance))
        for outcome in again.outcomes:
            if outcome.measure.judged:
                failing = before[outcome.measure.name]
                assert outcome.verdict == "fail" or not failing
                failing |= {tolerance} if outcome.verdict == "fail" else set()
    assert failed.at(tolerance=dict.fromkeys(DECIDING, 0.99)).verdict != "fail"
    with pytest.raises(UsageError, match="near_duplicates"):
        failed.at(tolerance={"near_duplicate": 0.1})


def test_tolerances_add_up_over_judgements(failed):
    twice = failed.at(tolerance={"near_duplicates": 0.9}).at(tolerance={"anchor_copies": 0.9})
    assert twice.settings.tolerance == {"near_duplicates": 0.9, "anchor_copies": 0.9}
    assert twice.outcome("near_duplicates").verdict == "warn"


def test_a_candidate_that_is_the_anchor_fails_for_its_copies(real):
    result = audit(real.records(), real.records())
    assert result.verdict == "fail"
    assert [finding.measure for finding in result.findings if finding.verdict == "fail"] == ["anchor_copies"]
    assert result.outcome("anchor_copies").reading.value == 1.0


def test_nothing_but_one_row_does_not_pass(real):
    result = audit([{"text": real.texts[0], "intent": real.strata[0]}] * 500, real.records())
    assert result.verdict in ("fail", "undetermined")
    assert result.exit_code in (1, 3)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_one_text_for_half_of_the_rows_fails(world, real, share):
    repeats = int(1_000 * share)
    fresh = world.rows(1_001 - repeats, np.random.default_rng(13))
    candidate = fresh + fresh.at([0] * (repeats - 1))
    assert audit(candidate.records(), real.records()).verdict == "fail"


def test_equal_rows_on_both_sides_do_not_break():
    rows = [{"text": "the same words again and again", "intent": "ab"[i % 2]} for i in range(200)]
    assert audit(rows, rows).verdict in ("fail", "warn", "undetermined", "pass")


@pytest.mark.parametrize("label", [True, False])
def test_another_alphabet_fails(world, real, label):
    fresh = world.rows(500, np.random.default_rng(3))
    cyrillic = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ")
    records = [
        {"text": text.translate(cyrillic)} | ({"intent": stratum} if label else {})
        for text, stratum in zip(fresh.texts, fresh.strata, strict=True)
    ]
    result = audit(records, real.records())
    assert result.verdict == "fail"
    assert result.outcome("off_anchor").verdict == "fail"
    assert result.outcome("off_anchor").reading.value > 0.95


@pytest.mark.parametrize("label", [True, False])
def test_a_template_warns_and_hides_no_pass(world, real, label):
    fresh = world.rows(700, np.random.default_rng(4))
    texts = tuple(
        f"sure here is what you wanted to read {t}" if i % 10 < 3 else t for i, t in enumerate(fresh.texts)
    )
    records = Labelled(texts=texts, strata=fresh.strata).records()
    if not label:
        records = [{"text": record["text"]} for record in records]
    result = audit(records, real.records(), measures=MEASURES)
    assert not [o.measure.name for o in result.outcomes if o.verdict == "fail"]
    assert result.verdict == "warn"
    assert result.outcome("artifacts").verdict == "warn"
    assert result.phrases[0]["candidate_share"] == pytest.approx(0.3, abs=0.01)
    assert any("sure here is" in phrase for phrase in result.sides.masked)


def test_a_tiny_candidate_is_undetermined(world, real):
    tiny = world.rows(30, np.random.default_rng(5)).records()
    for how, code in (("block", 1), ("pass", 0)):
        some = audit(tiny, real.records(), on_undetermined=how, measures=STRATA)
        assert (some.verdict, some.exit_code) == ("undetermined", code)
    result = audit(tiny, real.records(), on_undetermined="ask")
    assert (result.verdict, result.exit_code) == ("undetermined", 3)
    assert "30" in result.sentence
    assert any("row" in step for step in result.do)
    assert result.unseen


def test_a_wish_to_see_small_losses_needs_more_rows(world, real):
    candidate = world.rows(500, np.random.default_rng(6)).records()
    result = audit(candidate, real.records(), detectable=0.05)
    assert result.verdict == "undetermined"
    assert "would be seen" in result.outcome("stratum_deficit").reason
    assert audit(candidate, real.records(), detectable=0.7).verdict == "pass"


def test_a_set_that_joins_reality_is_not_blamed_for_what_it_leaves_out(world, real):
    # Only the rarest strata: as a stand-in it fails, as an addition it does not.
    shares = world.shares.copy()
    shares[:4] = 0
    rare = world.rows(400, np.random.default_rng(7), shares).records()
    assert audit_by(STRATA, rare, real.records()).outcome("stratum_deficit").verdict == "fail"
    added = audit(rare, real.records(), use="add")
    assert added.verdict in ("pass", "warn")
    for name in ("stratum_deficit", "band_retention"):
        assert added.outcome(name).reading is None
        assert "--use add" in added.outcome(name).reason
    assert added.lost == []
    copies = audit_by((AnchorCopies(),), real.at(range(300)).records(), real.records(), use="add")
    assert copies.outcome("anchor_copies").verdict == "fail"


def test_ten_rare_strata_may_be_added():
    world = zipf_world(3, strata=20, exponent=0.8)
    real = world.rows(900, np.random.default_rng(8))
    shares = world.shares.copy()
    shares[:10] = 0
    added = audit(world.rows(300, np.random.default_rng(9), shares).records(), real.records(), use="add")
    assert added.verdict != "fail"


def test_only_some_strata(failed, real, collapsed):
    result = audit(collapsed.records(), real.records(), only=["stratum 00", "stratum 01", "stratum 02"])
    assert result.sides.labels == ("stratum 00", "stratum 01", "stratum 02")
    assert set(result.sides.candidate.ids) < set(failed.sides.candidate.ids)
    assert result.outcome("stratum_deficit").verdict != "fail"
    assert result.lost == []
    with pytest.raises(UsageError, match="Did you mean 'stratum 0"):
        audit(collapsed.records(), real.records(), only=["stratum 0"])
    with pytest.raises(UsageError, match="candidate row"):
        audit(collapsed.records(), real.records(), only=["stratum 05"])


def test_one_stratum_alone_can_pass(world, real):
    candidate = world.rows(1_000, np.random.default_rng(2)).records()
    result = audit(candidate, real.records(), only=["stratum 00"])
    assert result.verdict == "pass"
    for name in ("stratum_deficit", "band_retention"):
        assert result.outcome(name).reading is None
        assert "one stratum alone" in result.outcome(name).reason


def test_invented_labels_hide_no_loss():
    world = zipf_world(1, strata=30, exponent=0.9)
    real = world.rows(3_000, np.random.default_rng(0)).records()
    shares = world.shares.copy()
    shares[[20, 25, 28, 29]] = 0
    rows = world.rows(3_000, np.random.default_rng(3), shares).records()
    assert audit_by(STRATA, rows, real).verdict == "fail"
    mistyped = [row | {"intent": f"typo {i}"} if i < 120 else row for i, row in enumerate(rows)]
    assert audit_by(STRATA, mistyped, real).verdict == "fail"


def test_labels_of_some_rows_do_not_speak_for_all(world, real, collapsed):
    """A blend of labelled real rows and made ones without labels is judged by both."""
    fresh = world.rows(400, np.random.default_rng(9)).records()
    label = next(name for name in fresh[0] if name not in ("id", "text"))
    bare = [{key: value for key, value in row.items() if key != label} for row in collapsed.records()]
    measures = [StratumDeficit()]
    blend = [{**row, "id": f"b{at}"} for at, row in enumerate([*fresh, *bare])]
    found = audit(blend, real.records(), measures=measures)
    assert sum(row["candidate_rows"] for row in found.strata) == len(blend)
    assert any("the strata of all are predicted" in note for note in found.candidate.detection.notes)
    few = [{**row, "id": f"b{at}"} for at, row in enumerate([*fresh, *bare[:10]])]
    assert sum(row["candidate_rows"] for row in audit(few, real.records(), measures=measures).strata) == len(
        fresh
    )


def test_an_expected_mix_takes_the_place_of_the_real_one(world, real, tmp_path):
    even = np.ones(len(world.labels))
    candidate = world.rows(900, np.random.default_rng(10), even).records()
    shares = dict.fromkeys(world.labels, 1.0)
    path = tmp_path / "shares.csv"
    path.write_text("stratum,share\n" + "".join(f"{label},1\n" for label in shares))
    assert audit_by(STRATA, candidate, real.records()).outcome("stratum_deficit").verdict == "fail"
    for expect in (shares, path):
        result = audit_by(STRATA, candidate, real.records(), expect=expect)
        assert result.outcome("stratum_deficit").verdict == "pass"
        assert result.outcome("band_retention").verdict != "fail"
    with pytest.raises(HoldfastError):
        audit(candidate, real.records(), expect={"stratum 99": 1.0})


def test_a_broken_measure_is_undetermined_and_the_rest_goes_on(failed, real, collapsed):
    measures = (Broken(), *MEASURES)
    result = audit(collapsed.records(), real.records(), measures=measures, draws=failed.settings.draws)
    broken = result.outcome("broken")
    assert broken.verdict == "undetermined"
    assert "ZeroDivisionError: nothing to divide by" in broken.reason
    assert result.verdict == "fail"
    for outcome in failed.outcomes:
        # One more judged measure sharpens the level that power is stated for; nothing else moves.
        after = result.outcome(outcome.measure.name).result
        if isinstance(outcome.result, Undetermined):  # no prompts here
            assert after == outcome.result
            continue
        assert isinstance(after, Reading)
        assert after.p_value == outcome.result.p_value
        assert after.value == outcome.result.value
    assert any("Something broken" in line for line in result.unseen)
    summarise(result)


@pytest.mark.parametrize("how", ["ask", "block", "pass"])
def test_a_broken_measure_is_seen_in_the_exit_code(world, real, collapsed, how):
    measures = (Broken(), *STRATA)
    fresh = world.rows(800, np.random.default_rng(2)).records()
    assert audit(fresh, real.records(), measures=measures, on_undetermined=how).exit_code == 4
    failing = audit(collapsed.records(), real.records(), measures=measures, on_undetermined=how)
    assert failing.exit_code == 1


def test_bad_input_found_by_a_measure_is_no_broken_measure(real):
    with pytest.raises(holdfast.InputError, match="cannot be used"):
        audit(real.records(), real.records(), measures=(Refusing(), *MEASURES))


def test_one_measure_alone(real, collapsed):
    result = audit(collapsed.records(), real.records(), measures=(StratumDeficit(),))
    assert [outcome.measure.name for outcome in result.outcomes] == ["stratum_deficit"]
    assert result.verdict == "fail"
    with pytest.raises(UsageError, match="stratum_deficit"):
        result.outcome("stratum_deficits")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"use": "ad"}, "Did you mean 'add'"),
        ({"on_undetermined": "blck"}, "Did you mean 'block'"),
        ({"alpha": 0.0}, "--alpha"),
        ({"alpha": 1.0}, "--alpha"),
        ({"alpha": float("nan")}, "--alpha"),
        ({"detectable": 0.0}, "--detectable"),
        ({"draws": 50}, "--draws"),
        ({"draws": 99, "alpha": 0.001}, "--draws"),
        ({"tolerance": {"near_duplicate": 0.1}}, "Did you mean 'near_duplicates'"),
        ({"anchor": "somewhere"}, "--anchor"),
    ],
)
def test_options_that_do_not_fit(real, options, says):
    with pytest.raises(UsageError) as error:
        audit(real.records(), real.records(), **options)
    assert says in str(error.value)


def test_neither_side_of_reality(real):
    with pytest.raises(UsageError):
        holdfast.audit(real.records())


def test_no_stratum_at_all_is_said(world):
    rows = world.rows(60, np.random.default_rng(11))
    result = audit(list(rows.texts), list(rows.texts)[:50] + ["one more row"] * 5)
    assert result.sides.origin == "none"
    assert isinstance(result.outcome("stratum_deficit").result, Undetermined)
    assert result.strata == []
    assert any("no strata" in line for line in result.unseen)
    assert any("--label" in step for step in result.do)


def test_the_order_of_rows_changes_no_verdict(real, collapsed, failed):
    order = np.random.default_rng(12).permutation(len(collapsed))
    turned = holdfast.audit(collapsed.at(order).records(), real=real.at(range(799, -1, -1)).records())
    assert turned.verdict == failed.verdict
    assert turned.lost == failed.lost
    for before in failed.outcomes:
        after = turned.outcome(before.measure.name)
        assert after.verdict == before.verdict
        if before.reading is None:  # no prompts here
            assert after.reason == before.reason
            continue
        # Worth is a number of rows, and the order in which a learner meets real rows is chance.
        near = {"rel": 0.25} if before.measure.name == "real_equivalent_rows" else {"abs": 0.06}
        assert after.reading.value == pytest.approx(before.reading.value, **near)


def test_readings_can_be_replaced_for_a_what_if(failed):
    # A report writer may swap an outcome: everything derives from the outcomes.
    without = replace(
        failed, outcomes=tuple(o for o in failed.outcomes if o.measure.name != "stratum_deficit")
    )
    assert without.lost == []
    assert without.strata == []


def test_labels_that_are_all_invented_lose_every_real_stratum():
    real = [{"text": f"row {i * 7919} of {i % 8}", "intent": f"real {i % 8}"} for i in range(800)]
    invented = [{"text": f"row {i * 7907} of {i % 8}", "intent": f"invented {i % 160}"} for i in range(800)]
    found = audit(invented, real, label="intent")
    assert found.verdict == "fail"
    assert found.outcome("stratum_deficit").reading.value > 0.99
    assert "8 of 8 strata are missing altogether" in found.sentence


def test_what_it_takes_to_know_is_about_right(world, real):
    few = audit(world.rows(50, np.random.default_rng(20)).records(), real.records())
    assert few.verdict == "undetermined"
    needed = int(re.search(r"it takes about ([\d,]+) candidate rows", few.sentence)[1].replace(",", ""))
    enough = audit_by(STRATA, world.rows(needed, np.random.default_rng(21)).records(), real.records())
    assert enough.outcome("stratum_deficit").smallest_detectable == pytest.approx(0.5, abs=0.1)


def test_one_row_is_a_row(world, real):
    result = audit(world.rows(1, np.random.default_rng(22)).records(), real.records())
    assert result.sentence.startswith("1 row of ")
    for line in (result.sentence, *result.do, *result.unseen):
        assert not re.search(r"\b1 (?:\w+ )?rows\b", line), line


def test_a_pass_says_how_much_of_it_was_read(world, real):
    candidate = world.rows(300, np.random.default_rng(23)).records()
    result = audit(candidate, real.records(), only=[real.records()[0]["intent"]])
    silent = [o for o in result.outcomes if o.verdict == "undetermined"]
    if silent:
        assert "measures can tell" in result.sentence
        assert not any("Nothing stands against" in step for step in result.do)
    else:
        assert "measures can tell" not in result.sentence


def test_what_explains_the_rest_leads(world, real):
    """Rows in another alphabet lose every predicted stratum as well; that they are strange says why."""
    rows = [
        {"text": row["text"].translate({code: code + 0x3F0 for code in range(97, 123)})}
        for row in world.rows(400, np.random.default_rng(24)).records()
    ]
    result = audit(rows, real.records())
    assert "stratum_deficit" in [finding.measure for finding in result.findings]
    assert result.findings[0].measure == "off_anchor"
    assert "unlike anything real" in result.sentence


def test_a_finding_says_nothing_twice(failed):
    for finding in failed.findings:
        if finding.measure == "diversity_profile":  # a mean of three figures may equal one of them
            continue
        figures = re.findall(r"[\d.]+ %", finding.sentence)
        for line in finding.evidence:
            assert not figures or figures[0] not in line, (finding.sentence, line)


def test_a_different_shape_is_something_to_check_not_a_reason(world, real):
    chats = [
        {"messages": [{"role": "user", "content": row["text"]}], "intent": row["intent"]}
        for row in world.rows(300, np.random.default_rng(25)).records()
    ]
    result = audit(chats, real.records())
    assert "different shapes" in result.do[-1]
    assert "different shapes" not in result.sentence
