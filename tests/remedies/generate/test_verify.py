import random
from collections import Counter

import pytest
from small_runs import rows

from holdfast.remedies.generate.ground import Ground
from holdfast.remedies.generate.parts import NO_ROWS, Parts, Texts
from holdfast.remedies.generate.recipe import Recipe
from holdfast.remedies.generate.steering.weak import given_up
from holdfast.remedies.generate.tallies import tally_of
from holdfast.remedies.generate.verify import LEAK, filters, verify

SIZES = {"balance": 150, "refund": 110, "lost": 80}
GOOD = 60


def texts(found, prefix):
    return Texts(
        ids=tuple(f"{prefix}{number}" for number in range(len(found))),
        texts=tuple(row["text"] for row in found),
        strata=tuple(row["intent"] for row in found),
    )


def parts_of(**changed):
    given = {
        "steering": texts(rows(1, SIZES), "r"),
        "judging": texts(rows(5, {"balance": 40, "lost": 40}), "j"),
        "gold": texts(rows(6, {"refund": 30}), "g"),
        "sealed": tuple(row["text"] for row in rows(7, {"lost": 40})),
        "candidate": NO_ROWS,
        "candidate_hash": None,
        "unlabelled": False,
        "declared": None,
        "text_column": "text",
        "label_column": "intent",
        "name": "real",
        "digest": None,
        "depths": {},
        "licenses": {},
    }
    return Parts(**(given | changed))


PARTS = parts_of()


@pytest.fixture(scope="module")
def ground():
    return Ground.of(PARTS.steering, labelled=True, declared=None, seed=0)


def judged(ground, new, *, before=NO_ROWS, recipe=None, parts=PARTS, accepted=frozenset(), edited=None):
    return verify(before, new, ground, parts, recipe or Recipe(), accepted=accepted, edited=edited or {})


def strange(text):
    """Every seventh letter is another one."""
    return "".join("#" if place % 7 == 6 else letter for place, letter in enumerate(text))


def moved(text):
    """The same text with another word at its end."""
    return f"{text} word1"


def noise(seed, count):
    dice = random.Random(seed)  # noqa: S311 - no secret
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(300)]
    return [{"text": " ".join(dice.choices(words, k=10)), "intent": "lost"} for _ in range(count)]


def shuffled(seed, count):
    """Words of the prompt around the name of the stratum, as a weak model babbles."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    said = [
        "the",
        "new",
        "text",
        "must",
        "be",
        "of",
        "its",
        "kind",
        "answer",
        "alone",
        "write",
        "style",
        "lost",
    ]
    return [{"text": " ".join(dice.choices(said, k=8)), "intent": "lost"} for _ in range(count)]


def under_another_name(seed, count):
    return [row | {"intent": "lost"} for row in rows(seed, {"balance": count})]


@pytest.fixture(scope="module")
def looked(ground):
    """Every kind of new row, looked at together."""
    kinds = {
        "good": rows(9, dict.fromkeys(SIZES, GOOD)),
        "noise": noise(1, 40),
        "babble": shuffled(2, 40),
        "others": under_another_name(10, 40),
        "sealed": [{"text": text, "intent": "lost"} for text in PARTS.sealed],
        "sealed nearly": [{"text": moved(text), "intent": "lost"} for text in PARTS.sealed],
        "judging": [{"text": text.upper(), "intent": "lost"} for text in PARTS.judging.texts],
        "gold nearly": [{"text": moved(text), "intent": "refund"} for text in PARTS.gold.texts],
        "steering": rows(1, SIZES)[:40],
        "steering nearly": [row | {"text": moved(row["text"])} for row in rows(1, SIZES)[40:80]],
        "again": rows(9, dict.fromkeys(SIZES, GOOD))[:30],
    }
    new = Texts(
        ids=tuple(f"{kind} {number}" for kind, found in kinds.items() for number in range(len(found))),
        texts=tuple(row["text"] for found in kinds.values() for row in found),
        strata=tuple(row["intent"] for found in kinds.values() for row in found),
    )
    return kinds, new, judged(ground, new)


def kept(looked, kind):
    kinds, _, found = looked
    return [f"{kind} {number}" not in found.dropped for number in range(len(kinds[kind]))]


def taken_by(looked, kind):
    kinds, _, found = looked
    ids = [f"{kind} {number}" for number in range(len(kinds[kind]))]
    return Counter(found.dropped[id_][0] for id_ in ids if id_ in found.dropped)


def test_rows_as_good_as_real_ones_pass_as_real_ones_do():
    """Two binomials, over four worlds: fresh real rows pass as often as verification says that real rows do."""
    fresh, real = (dict.fromkeys(SIZES, (0, 0.0)) for _ in range(2))
    for seed in range(4):
        parts = parts_of(
            steering=texts(rows(100 + seed, SIZES), "r"), judging=NO_ROWS, gold=NO_ROWS, sealed=()
        )
        ground = Ground.of(parts.steering, labelled=True, declared=None, seed=0)
        new = texts(rows(200 + seed, dict.fromkeys(SIZES, GOOD)), "n")
        found = judged(ground, new, parts=parts)
        for stratum, size in SIZES.items():
            kept_ = sum(
                id_ not in found.dropped
                for id_, name in zip(new.ids, new.strata, strict=True)
                if name == stratum
            )
            fresh[stratum] = fresh[stratum][0] + GOOD, fresh[stratum][1] + kept_
            real[stratum] = real[stratum][0] + size, real[stratum][1] + size * found.passes[stratum]
    for stratum in SIZES:
        rates = [(passed / count, count) for count, passed in (fresh[stratum], real[stratum])]
        error = sum(rate * (1 - rate) / count for rate, count in rates) ** 0.5
        assert abs(rates[0][0] - rates[1][0]) < 3 * error, stratum
        assert rates[0][0] > 0.85


def test_what_is_not_real_hardly_passes(looked):
    """By chance one of twenty may: the filters take so much of reality, and leave the rest."""
    for kind in ("noise", "babble", "others"):
        assert sum(kept(looked, kind)) <= 4, kind


def test_copies_of_what_judges_and_of_the_holdout_are_leaks(looked):
    for kind in ("sealed", "sealed nearly", "judging", "gold nearly"):
        assert sum(kept(looked, kind)) == 0, kind
        assert taken_by(looked, kind)[LEAK] == len(looked[0][kind]), kind


def test_a_leak_names_its_row_but_never_one_of_the_holdout(looked):
    found = looked[2]
    assert found.dropped["sealed 0"] == (LEAK, "repeats a row of the holdout")
    assert "sealed 0" not in found.sources
    assert found.sources["judging 0"] == "j0"
    assert found.dropped["judging 0"] == (LEAK, "repeats the real row j0")


def test_copies_of_rows_that_were_shown_are_refused(looked):
    for kind in ("steering", "steering nearly"):
        assert sum(kept(looked, kind)) == 0, kind
    assert looked[2].sources["steering 0"] == "r0"


def test_a_row_that_repeats_an_earlier_one_goes_and_the_earlier_one_stays(looked):
    assert not any(kept(looked, "again"))
    assert taken_by(looked, "again")["exact_duplicates"] >= 25


def test_every_reason_is_said(looked):
    _, new, found = looked
    assert set(found.dropped) <= set(new.ids)
    assert all(name and reason for name, reason in found.dropped.values())
    assert {one["filter"] for one in found.guards} == {one.name for one in filters(Recipe())}


def test_what_adds_is_kept(looked):
    found = looked[2]
    assert found.added
    assert found.added.isdisjoint(found.dropped)
    assert set(found.real_added) == set(SIZES)


def test_rows_that_were_there_stay_and_what_repeats_them_goes(ground):
    before = texts(rows(20, {"lost": 20}), "b")
    found = judged(
        ground, texts([{"text": text, "intent": "lost"} for text in before.texts], "n"), before=before
    )
    assert len(found.dropped) == 20
    assert found.sources["n0"] == "b0"


def test_what_is_there_already_adds_nothing(ground):
    """Rows near to what is there come no closer to real rows than it."""
    real = texts(rows(30, {"lost": 150}), "b")
    fresh = texts(rows(31, {"lost": 30}), "n")
    alone, after = judged(ground, fresh), judged(ground, fresh, before=real)
    assert len(after.added) < len(alone.added)


def test_an_edit_may_lie_near_its_own_row_and_no_other(ground):
    """What a rule makes of a row is near to it by nature; its lineage says so. The row itself, to the letter, is none."""
    seeds = PARTS.steering.texts[:20]
    new = Texts(
        ids=tuple(f"n{number}" for number in range(20)),
        texts=tuple(strange(text) for text in seeds[:10]) + seeds[10:],
        strata=PARTS.steering.strata[:20],
    )
    only = Recipe(filter=("anchor_copies",))
    own = {f"n{number}": frozenset({f"r{number}"}) for number in range(20)}
    others = {f"n{number}": frozenset({f"r{number + 1}"}) for number in range(20)}
    near = set(judged(ground, new, recipe=only).dropped)
    assert {f"n{number}" for number in range(10, 20)} <= near
    assert set(judged(ground, new, recipe=only, edited=own).dropped) == {
        f"n{number}" for number in range(10, 20)
    }
    assert set(judged(ground, new, recipe=only, edited=others).dropped) == near


def test_to_be_near_the_row_it_was_made_from_is_no_merit(ground):
    # Words of its own, so that it is near nothing else.
    lone = Texts(ids=("p",), texts=("lost0 alpha beta gamma delta epsilon zeta eta theta",), strata=("lost",))
    own = Ground.of(PARTS.steering + lone, labelled=True, declared=None, seed=0)
    made = Texts(
        ids=("m",),
        texts=("lost0 alpha beta gamma delta epsilon zeta eta iota kappa lamda",),
        strata=("lost",),
    )
    recipe = Recipe(filter=("exact_duplicates",))
    parts = parts_of(steering=PARTS.steering + lone)

    def looked(parents):
        return verify(
            texts(rows(3, {"lost": 40}), "c"),
            made,
            own,
            parts,
            recipe,
            accepted=frozenset(),
            edited={},
            parents=parents,
        )

    assert looked({}).added == {"m"}
    assert looked({"m": frozenset({"r0"})}).added == {"m"}
    assert looked({"m": frozenset({"p"})}).added == frozenset()
    near = [looked(parents).nearness["lost"].accepted[0] for parents in ({}, {"m": frozenset({"p"})})]
    assert near[1] < near[0] / 2


def test_leaks_are_refused_whatever_filters_are_left_out(ground):
    new = texts(
        [{"text": PARTS.sealed[0], "intent": "lost"}, {"text": "anything at all", "intent": "lost"}], "n"
    )
    found = judged(ground, new, recipe=Recipe(filter=("exact_duplicates",)))
    assert set(found.dropped) == {"n0"}
    every = tuple(one.name for one in filters(Recipe()))
    assert set(judged(ground, new, recipe=Recipe(without=every)).dropped) == {"n0"}


def test_nothing_to_look_at(ground):
    found = judged(ground, NO_ROWS)
    assert (found.dropped, found.added, found.nearness) == ({}, frozenset(), {})


def test_filters_of_a_recipe():
    names = [one.name for one in filters(Recipe())]
    assert "unlike" in names
    assert [one.name for one in filters(Recipe(filter=("damage", "unlike"), without=("unlike",)))] == [
        "damage"
    ]
    assert next(one for one in filters(Recipe(label_noise=0.02)) if one.name == "label_noise").takes == 0.02


def test_a_stratum_that_is_only_noise_is_told_from_one_that_is_not(ground):
    """What is refused by verification is given up by the controller, with figures; fresh rows are not."""
    from holdfast.remedies.generate.contract import Made

    def made(found, prefix):
        new = texts(found, prefix)
        looked = judged(ground, new)
        rows_ = [
            Made(
                id=id_,
                stratum=stratum,
                arm="few_shot/m",
                method="few_shot",
                model="m",
                round=1,
                source_type="synthetic",
                text=text,
                dropped_by=looked.dropped[id_][0] if id_ in looked.dropped else None,
            )
            for id_, text, stratum in zip(new.ids, new.texts, new.strata, strict=True)
        ]
        return tally_of(rows_, 1), looked

    for found in (noise(3, 40), shuffled(4, 40), under_another_name(12, 40)):
        tallies, looked = made(found, "n")
        why = given_up(tallies, looked.passes, looked.noise, nearness=looked.nearness)
        assert set(why) == {"lost"}
        assert "of 40 rows written" in why["lost"]
    tallies, looked = made(rows(13, {"lost": 40}), "n")
    assert given_up(tallies, looked.passes, looked.noise, nearness=looked.nearness) == {}


def test_without_labels_rows_are_judged_by_wording():
    real = Texts(ids=PARTS.steering.ids, texts=PARTS.steering.texts, strata=(None,) * len(PARTS.steering))
    ground = Ground.of(real, labelled=True, declared=None, seed=0)
    assert not ground.labelled
    fresh = texts(rows(9, {"lost": 30}), "n")
    new = Texts(ids=fresh.ids, texts=fresh.texts, strata=("cluster 1",) * 30) + texts(noise(1, 30), "x")
    found = judged(ground, new, parts=parts_of(steering=real))
    assert sum(id_ not in found.dropped for id_ in fresh.ids) >= 24
    assert sum(f"x{number}" not in found.dropped for number in range(30)) <= 2
    assert found.noise == {}
