"""The managed loop is the product's own: a project, its stages, its gates, and nothing done to rows beside them."""

import pytest

from holdfast.cycles.project.project import open_project
from holdfast.lab.collapse.generation import Scene
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.readings import Examiner
from holdfast.lab.collapse.running import recur
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner


@pytest.fixture(scope="module")
def managed(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("managed")
    scene = Scene(world=world, learner=NgramLearner(), decoding=Decoding(), seed=5, folder=folder)
    # What stops it is not asked here: so small a world fails what a large one passes.
    protocol = Managed(more=3, earlier=0.9, gated=False)
    return scene, list(recur(scene, protocol, generations=2, examiner=Examiner(world=world)))


@pytest.mark.slow
def test_totals_are_equal_and_real_rows_no_more_than_are_at_hand(managed, world):
    _, told = managed
    for one in told[1:]:
        assert len(one.rows) == world.size
        assert one.reading.real <= len(world.at_hand)
        assert {name for name, _ in one.reading.gates} == {"data_gate", "model_gate"}


@pytest.mark.slow
def test_what_counts_is_what_the_project_sealed(managed, world):
    scene, told = managed
    with open_project(scene.folder / "project") as project:
        current = project.snapshots.current()
        assert current.rows == world.size
        assert len(project.journal.events("cycle_ended")) == 2
        text = (current.folder / "data/train.jsonl").read_text(encoding="utf-8")
    assert all(row.id in text for row in told[-1].rows)


@pytest.mark.slow
def test_rows_of_the_cycle_before_are_kept(managed, world):
    _, told = managed
    real = {row.id for row in world.at_hand}
    before, after = ({row.id for row in one.rows} - real for one in told[1:])
    assert len(before & after) == pytest.approx(0.9 * len(after), abs=1)


@pytest.mark.slow
def test_nobody_who_judges_is_trained_on(managed, world):
    _, told = managed
    judges = {row.id for row in world.judges}
    assert all(not judges & {row.id for row in one.rows} for one in told)


@pytest.mark.slow
def test_a_loop_that_a_gate_stops_keeps_what_counted(world, tmp_path):
    scene = Scene(
        world=world, learner=NgramLearner(), decoding=Decoding(temperature=0.5), seed=5, folder=tmp_path
    )
    told = list(recur(scene, Managed(filtered=False), generations=2, examiner=Examiner(world=world)))
    assert told[1].reading.halted is not None
    assert told[1].rows == told[2].rows == world.origin


@pytest.mark.slow
def test_a_loop_whose_filters_leave_too_little_says_so(world, tmp_path):
    scene = Scene(
        world=world, learner=NgramLearner(), decoding=Decoding(temperature=0.1), seed=5, folder=tmp_path
    )
    told = list(recur(scene, Managed(more=1.0), generations=2, examiner=Examiner(world=world)))
    assert "blend" in told[1].reading.halted
    assert told[1].rows == told[2].rows == world.origin


@pytest.mark.models
def test_a_transformer_goes_round_in_the_same_loop(world, tmp_path):
    pytest.importorskip("torch")
    from holdfast.lab.learners.transformer import TransformerLearner

    learner = TransformerLearner(width=16, depth=1, heads=2, context=96, epochs=1, unit="words", device="cpu")
    scene = Scene(world=world, learner=learner, decoding=Decoding(), seed=5, folder=tmp_path)
    protocol = Managed(filtered=False, gated=False)
    told = list(recur(scene, protocol, generations=1, examiner=Examiner(world=world)))
    assert len(told[1].rows) == world.size
    assert {name for name, _ in told[1].reading.gates} == {"data_gate", "model_gate"}
    assert (scene.folder / "project/start/weights.npz").exists()
