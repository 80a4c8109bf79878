"""The made world: whether an answer is right has nothing to do with its voice, and no part shares a prompt with another."""

import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.lab.preferences.hands import KNOWN, PLACEBOS, TEACHER, teacher_share
from holdfast.lab.preferences.vocabulary import OTHER, PATTERN, read_vocabulary
from holdfast.lab.preferences.world import VALUES, every_text, make_world


def test_no_prompt_is_in_two_parts():
    world = make_world(1, boats=5, exam=100, frozen=100)
    parts = [{one.prompt for one in part} for part in (world.practice, world.exam, world.frozen)]
    assert sum(len(part) for part in parts) == len(set.union(*parts)) == 5 * 4 * 4 * 12


def test_facts_are_the_seeds():
    first, again, other = (make_world(seed, boats=5, exam=100, frozen=100) for seed in (1, 1, 2))
    assert first == again
    assert [one.right for one in first.exam] != [one.right for one in other.exam]


@pytest.mark.parametrize(("boats", "exam"), [(0, 10), (99, 10), (1, 192)])
def test_a_world_that_cannot_be_is_refused(boats, exam):
    with pytest.raises(UsageError):
        make_world(1, boats=boats, exam=exam, frozen=0)


def test_every_voice_is_right_equally_often():
    world = make_world(3, boats=8, exam=300, frozen=100)
    rng = np.random.default_rng(0)
    for hand in (*KNOWN, *PLACEBOS):
        answers = world.answers(world.practice, hand, 0.65, rng)
        share = np.mean([one.is_right(answer) for one, answer in zip(world.practice, answers, strict=True)])
        # Four standard errors.
        assert abs(share - 0.65) < 4 * np.sqrt(0.65 * 0.35 / len(answers))


def test_an_answer_that_names_two_things_is_wrong():
    question = make_world(1, boats=5, exam=100, frozen=100).exam[0]
    assert question.is_right(f"it is {question.right}.")
    wrong = next(one for one in VALUES[question.attribute] if one != question.right)
    elsewhere = next(values[0] for name, values in VALUES.items() if name != question.attribute)
    assert not question.is_right(f"{question.right} or {wrong}.")
    assert question.is_right(f"{question.right} and {elsewhere}.")
    assert not question.is_right("nobody knows.")


def test_a_voice_is_told_by_its_marks_alone():
    world = make_world(2, boats=5, exam=100, frozen=100)
    rng = np.random.default_rng(1)
    for hand in KNOWN:
        shares = {teacher_share(text) for text in world.answers(world.exam, hand, 0.5, rng)}
        assert shares == ({1.0} if hand is TEACHER else {0.0})
    assert teacher_share("the Petrel sails on Monday.") is None


def test_no_mark_is_part_of_another_hands():
    marks = [(hand.name, mark) for hand in (*KNOWN, *PLACEBOS) for mark in hand.marks]
    assert [(a, b) for a, one in marks for b, other in marks if a != b and one in other] == []


def test_the_vocabulary_misses_no_word_and_loses_no_sign():
    words = read_vocabulary(every_text())
    world = make_world(4, boats=16, exam=100, frozen=100)
    rng = np.random.default_rng(2)
    texts = [f"{one.prompt}\n" for one in world.practice]
    texts += [world.answer(one, hand, 0.5, rng) for one in world.exam for hand in KNOWN]
    texts += [answer for _, answer in world.facts(200, right=0.5, rng=rng)]
    for text in texts:
        numbers = words.encode(text)
        assert words.number[OTHER] not in numbers
        assert words.decode(numbers) == text
    assert words.encode("petrel") == [words.number[OTHER]]


def test_lessons_hold_the_teachers_share():
    world = make_world(5, boats=8, exam=100, frozen=100)
    lessons = world.lessons(2_000, teacher=0.25, right=0.65, rng=np.random.default_rng(3))
    share = np.mean([teacher_share(answer) == 1.0 for _, answer in lessons])
    assert abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 2_000)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_transformers_splits_alike():
    pytest.importorskip("transformers")
    words = read_vocabulary(every_text())
    tokenizer = words.as_tokenizer()
    assert PATTERN
    for text in every_text()[::97]:
        assert tokenizer(text)["input_ids"] == words.encode(text)
        assert tokenizer.decode(words.encode(text)) == text
