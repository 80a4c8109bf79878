import pytest
from small_runs import phrases

from holdfast import audit
from holdfast.remedies.generate.ground import Ground
from holdfast.remedies.generate.material import material_of, names_of, readable
from holdfast.remedies.generate.parts import NO_ROWS, Parts, Texts
from holdfast.remedies.generate.recipe import Recipe

BIG = {"balance": 180, "refund": 140, "lost": 80}
REAL, FULL = phrases(1, BIG), phrases(2, BIG)
LOSSY = [row for row in FULL if row["intent"] != "lost"]


def texts(found, prefix, *, labelled=True):
    return Texts(
        ids=tuple(f"{prefix}{number}" for number in range(len(found))),
        texts=tuple(row["text"] for row in found),
        strata=tuple(row["intent"] if labelled else None for row in found),
    )


def parts_of(steering, gold=NO_ROWS):
    return Parts(
        steering=steering,
        judging=NO_ROWS,
        gold=gold,
        sealed=(),
        candidate=NO_ROWS,
        candidate_hash=None,
        unlabelled=False,
        declared=None,
        text_column="text",
        label_column=None,
        name="real",
        digest=None,
        depths={},
        licenses={},
    )


@pytest.fixture(scope="module")
def ground():
    return Ground.of(texts(REAL, "r"), labelled=True, declared=None, seed=0)


@pytest.fixture(scope="module")
def look(ground):
    return ground.look(texts(LOSSY, "c"))


@pytest.fixture(scope="module")
def unlabelled():
    ground = Ground.of(texts(REAL, "r", labelled=False), labelled=True, declared=None, seed=0)
    return ground, ground.look(texts(LOSSY, "c", labelled=False))


def test_a_look_says_what_an_audit_says(look):
    """The same strata, with the same figures, as the verb that everybody knows."""
    from holdfast.measures import StratumDeficit

    audited = audit(LOSSY, real=REAL, measures=[StratumDeficit()], use="replace")
    (reading,) = (one.reading for one in audited.outcomes)
    table = {row["stratum"]: row for row in reading.details["strata"]}
    assert {row["stratum"] for row in look.strata} == set(table)
    for row in look.strata:
        for fact in ("real_rows", "candidate_rows", "expected_rows", "retention", "lost"):
            assert row[fact] == table[row["stratum"]][fact]
    assert look.worth.lost == ("lost",)


def test_what_it_is_worth_has_an_interval(look):
    assert look.worth.rows == len(LOSSY)
    assert look.worth.low <= look.worth.real_rows
    assert look.worth.high is None or look.worth.real_rows <= look.worth.high
    assert look.worth.reason is None


def test_rows_that_nobody_covers_are_those_of_what_was_lost(look):
    bare = [REAL[row]["intent"] for row in look.uncovered]
    assert bare.count("lost") >= 0.8 * len(bare) > 0


def test_the_same_rows_give_the_same_look(ground, look):
    again = ground.look(texts(LOSSY, "c"))
    assert (again.strata, again.worth, again.uncovered) == (look.strata, look.worth, look.uncovered)


def test_material_shows_what_nobody_covers(ground, look):
    steering = texts(REAL, "r")
    recipe = Recipe(
        strata={"lost": "a card that was lost"}, subject="a message", attributes={"mood": ("glad",)}
    )
    found = material_of(parts_of(steering), look, ground, recipe)
    assert set(found.seeds) == {"balance", "refund", "lost"}
    assert found.strata == {"balance": "balance", "lost": "a card that was lost", "refund": "refund"}
    assert (found.subject, found.nameless, found.attributes["mood"]) == ("a message", False, ("glad",))
    assert {seed.stratum for seed in found.uncovered["lost"]} == {"lost"}
    for name, seeds in found.seeds.items():
        assert {seed.stratum for seed in seeds} == {name}


def test_material_before_there_is_anything(ground):
    found = material_of(parts_of(texts(REAL, "r")), None, ground, Recipe())
    assert (found.uncovered, found.shunned) == ({}, ())
    assert len(found.seeds["lost"]) == 80


def test_clusters_stand_for_strata_where_reality_has_none(unlabelled):
    """Gold rows belong to one as other rows do, and none of them is named to a model."""
    ground, look = unlabelled
    assert not ground.labelled
    gold = texts(FULL[:60], "g", labelled=False)
    found = material_of(parts_of(texts(REAL, "r", labelled=False), gold), look, ground, Recipe())
    assert found.nameless
    assert {name for name in found.seeds if name is not None} <= {row["stratum"] for row in look.strata}
    assert sum(seed.origin == "gold" for seeds in found.seeds.values() for seed in seeds) == 60
    # A cluster is words in common: its gold rows are of the intent that most of its other rows are of.
    own = {f"r{n}": row["intent"] for n, row in enumerate(REAL)} | {
        f"g{n}": row["intent"] for n, row in enumerate(FULL[:60])
    }
    agree = total = 0
    for seeds in found.seeds.values():
        kinds = [own[seed.id] for seed in seeds if seed.origin == "reference"]
        if not kinds:
            continue
        usual = max(set(kinds), key=kinds.count)
        golden = [own[seed.id] for seed in seeds if seed.origin == "gold"]
        agree, total = agree + golden.count(usual), total + len(golden)
    assert agree >= 0.7 * total > 0
    assert len(names_of(look)) == len(REAL)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("card_arrival", "card arrival"),
        ("oilChange-how", "oil change how"),
        ("ABC", "ABC"),
        ("", ""),
        ("a\n\tb", "a b"),
        ("überWeisung", "über weisung"),
        ("__x__", "x"),
        ("{answer}", "{answer}"),
    ],
)
def test_names_as_words(name, words):
    assert readable(name) == words


def test_a_second_look_learns_nothing_again_and_says_the_same():
    ground = Ground.of(texts(REAL, "r"), labelled=True, declared=None, seed=0)
    ground.look(texts(REAL[: len(REAL) // 2], "c"))
    held = ground.reality.shelf
    before = held.hits
    again = ground.look(texts(LOSSY, "c"))
    assert held.hits >= before + 5  # three views and two curves
    alone = Ground.of(texts(REAL, "r"), labelled=True, declared=None, seed=0).look(texts(LOSSY, "c"))
    assert (again.worth, again.uncovered, again.shunned) == (alone.worth, alone.uncovered, alone.shunned)
    assert (again.strata, again.bands) == (alone.strata, alone.bands)
