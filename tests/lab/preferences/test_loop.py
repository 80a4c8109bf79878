"""The loop with a model that is really trained: learns, writes what it says it writes, is tuned as TRL tunes, and repeats itself bit by bit."""

import json

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.lab.preferences.loop import PreferenceLoop
from holdfast.lab.preferences.policy import Size, answer_logs, spell, teach
from holdfast.lab.preferences.tuning import Course, PlainDpo, Preferred, TrlDpo

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = [
    pytest.mark.models,
    # The libraries' own.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
SIZE = Size(width=32, layers=2, heads=2, epochs=(0, 12), batch=32, rate=5e-3, most_tokens=12)
ASKED = {"who sails?": "ana does.", "who waits now?": "ben and cleo do.", "what?": "it is coal."}


@pytest.fixture(scope="module")
def policy():
    """A policy that has learnt what to answer, and at times answers wrongly."""
    rng = np.random.default_rng(0)
    prompts, answers = list(ASKED), list(ASKED.values())
    lessons = [
        (prompts[at], answers[at] if rng.random() < 0.7 else answers[int(rng.integers(3))])
        for at in rng.integers(3, size=400)
    ]
    return teach([[], lessons], [*prompts, "\n", *answers], SIZE, 1)


def preferred():
    """Each right answer against each wrong one."""
    return [
        Preferred(prompt=prompt, chosen=right, rejected=wrong)
        for prompt, right in ASKED.items()
        for wrong in ASKED.values()
        if wrong != right
    ]


def test_answers_come_as_often_as_their_probability_says(policy):
    count = 3_000
    for number, (prompt, right) in enumerate(ASKED.items()):
        written = policy.write([prompt] * count, 10 + number)
        share = float(np.exp(policy.log_likelihood([prompt], [right])[0]))
        found = np.mean([answer == right for answer in written])
        assert 0.5 < share < 0.95
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / count)


def test_prompts_of_other_lengths_beside_it_change_no_answer(policy):
    """Filled up in front of a short prompt stands what nobody looks at: its answers stay as likely as alone."""
    mixed = policy.write(list(ASKED) * 1_500, 3)
    share = np.mean([answer == ASKED["what?"] for answer in mixed[2::3]])
    alone = float(np.exp(policy.log_likelihood(["what?"], [ASKED["what?"]])[0]))
    assert abs(share - alone) < 4 * np.sqrt(alone * (1 - alone) / 1_500)


def test_log_probabilities_are_the_models_own(policy):
    prompt, answer = "who waits now?", ASKED["who waits now?"]
    line, begin = spell(policy.words, prompt, answer)
    with torch.inference_mode():
        logs = policy.model(input_ids=torch.tensor([line])).logits[0].log_softmax(-1)
    by_hand = sum(float(logs[at - 1, line[at]]) for at in range(begin, len(line)))
    assert policy.log_likelihood([prompt], [answer])[0] == pytest.approx(by_hand, abs=1e-4)
    # Beside a longer line it is filled up, and costs the same.
    longer = spell(policy.words, prompt, " ".join([answer] * 3))
    with torch.inference_mode():
        found = answer_logs(policy.model, [(line, begin), longer], policy.words.pad)
    assert float(found[0]) == pytest.approx(by_hand, abs=1e-4)


def test_tuning_prefers_what_was_preferred_and_leaves_the_policy_alone(policy):
    labels, rng = preferred(), np.random.default_rng(1)
    before = [each.detach().clone() for each in policy.model.parameters()]
    tuned = PlainDpo(course=Course(steps=20, batch=6, rate=1e-3))(policy, labels, rng)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.model.parameters(), strict=True))
    prompts = [one.prompt for one in labels]

    def margins(one):
        return one.log_likelihood(prompts, [x.chosen for x in labels]) - one.log_likelihood(
            prompts, [x.rejected for x in labels]
        )

    assert (margins(tuned) > margins(policy)).all()
    with pytest.raises(InputError):
        PlainDpo(course=Course())(policy, [], rng)


def test_trl_tunes_alike(policy):
    pytest.importorskip("trl")
    labels, course = preferred(), Course(steps=8, batch=4, rate=3e-4)
    own, trl = (
        tuner(course=course)(policy, labels, np.random.default_rng(2)) for tuner in (PlainDpo, TrlDpo)
    )
    moved = 0.0
    for start, a, b in zip(
        policy.model.parameters(), own.model.parameters(), trl.model.parameters(), strict=True
    ):
        moved = max(moved, float((a - start).abs().max()))
        assert torch.allclose(a, b, atol=2e-5)
    assert moved > 1e-3


def small(**options):
    return PreferenceLoop(
        **{
            "size": Size(width=32, layers=1, heads=2, epochs=(2, 4), most_tokens=40),
            "course": Course(steps=6, batch=16, rate=1e-3),
            "rounds": 2,
            "pairs": 150,
            "seen": 120,
            "boats": 6,
            "facts": 400,
            "lessons": 800,
            "exam": 210,
            "frozen": 150,
            "draws": 199,
        }
        | options
    )


def test_a_loop_is_a_function_of_its_seed():
    lines = []
    for seed in (1, 1):
        loop = small(rounds=1)
        start = loop.start(seed)
        control = start.policy.write([one.prompt for one in start.world.exam], 99)
        rounds = [loop.read_start(start), *loop.run("remedied", start, control=[control])]
        lines.append([json.dumps(found.row) for found in rounds])
    assert lines[0] == lines[1]
    row = json.loads(lines[0][-1])
    assert row["round"] == 1
    assert row["labels"]["filters"]["swapped"][0] == "acts"
    assert row["beside_people"]["finding"]
    assert 0.0 <= row["reward"]["reward_accuracy"]["value"] <= 1.0


def test_what_cannot_be_run_is_refused():
    with pytest.raises(UsageError):
        small(seen=151)
    with pytest.raises(UsageError):
        small(tuner="ppo")
    with pytest.raises(UsageError):
        Size(width=30, heads=4)
