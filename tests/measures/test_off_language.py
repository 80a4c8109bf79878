"""Off-language rows: other scripts and languages are found, other topics and a few strange words are not."""

from __future__ import annotations

import numpy as np
import pytest
from sentences import english, german
from worlds import alarming, fewest_hits, invent_words, of_one_stratum

from holdfast.measures import Calibration, OffLanguage, Reading

NULL = Calibration(draws=199)
OTHER_SCRIPTS = {
    "Cyrillic": "пожалуйста скажите мне сколько денег осталось на счёте",
    "Chinese": "请告诉我账户里还剩多少钱谢谢",
    "Japanese": "口座の残高を教えてください",
    "Korean": "제 계좌의 잔액을 알려 주세요",
    "Thai": "กรุณาบอกยอดเงินคงเหลือในบัญชี",
    "Arabic": "من فضلك أخبرني كم بقي في حسابي",
    "Hebrew": "בבקשה תגיד לי כמה כסף נשאר בחשבון",
    "Greek": "παρακαλώ πείτε μου πόσα χρήματα έμειναν",
}


def fails(reading):
    return reading.p_value <= 0.01 and reading.effect > OffLanguage().tolerance


def mixed(rows, foreign, rng):
    """Rows, the first of which are foreign ones."""
    return foreign + rows[len(foreign) :]


def read(real, candidate, null=NULL):
    reading = OffLanguage()(of_one_stratum(real, candidate), null)
    assert isinstance(reading, Reading)
    return reading


def test_german_among_english():
    rng = np.random.default_rng(0)
    reading = read(english("money", 400, rng), mixed(english("money", 400, rng), german(20, rng, 20), rng))
    assert 0.045 <= reading.value <= 0.05
    assert fails(reading)
    assert set(reading.rows) <= set(range(20))
    assert reading.details["other_spelling_rows"] == len(reading.rows)


def test_english_among_german():
    rng = np.random.default_rng(1)
    reading = read(german(400, rng), mixed(german(400, rng), english("travel", 20, rng, 20), rng))
    assert reading.value == pytest.approx(0.05)
    assert fails(reading)


@pytest.mark.parametrize(("script", "text"), OTHER_SCRIPTS.items())
def test_other_scripts(script, text):
    rng = np.random.default_rng(2)
    signs = text.split() if " " in text else list(text)
    join = " " if " " in text else ""
    foreign = [join.join(rng.permutation(signs)) for _ in range(20)]
    reading = read(english("money", 400, rng), mixed(english("money", 400, rng), foreign, rng))
    assert reading.value == pytest.approx(0.05)
    assert fails(reading)
    assert reading.details["scripts"] == {script: 20}
    assert script in reading.evidence[0]


def test_chinese_among_japanese():
    rng = np.random.default_rng(3)

    def rows(signs, count):
        return ["".join(rng.choice(list(signs), 12)) for _ in range(count)]

    japanese, chinese = "のはをにがとでたしるいな口座残高教", "请告诉我账户里还剩多少钱谢"
    reading = read(rows(japanese, 300), mixed(rows(japanese, 300), rows(chinese, 15), rng))
    assert reading.details["scripts"] == {"Chinese": 15}


@pytest.mark.parametrize("topic", ["kitchen", "travel"])
def test_another_topic_is_no_other_language(topic):
    rng = np.random.default_rng(4)
    reading = read(english("money", 300, rng), english(topic, 300, rng))
    assert reading.value <= 0.01


def test_a_few_strange_words_are_no_other_language():
    rng = np.random.default_rng(5)
    words = invent_words(300, rng)
    rows = english("money", 300, rng)
    names = [f"{row} {words[i]} {words[-i]}" for i, row in enumerate(english("money", 300, rng))]
    assert read(rows, names).value <= 0.01
    # Two invented words alone may be a name.
    assert read(rows, [" ".join(rng.choice(words, 2)) for _ in range(300)]).value == 0.0


def test_short_rows_are_not_blamed():
    rng = np.random.default_rng(6)
    short = german(100, rng, words=2)
    assert read(english("money", 300, rng), english("money", 200, rng) + short).value <= 0.01


def test_a_reality_of_two_languages_is_its_own_norm():
    rng = np.random.default_rng(7)
    real, more = (english("money", 200, rng) + german(200, rng) for _ in range(2))
    assert read(real, more).value == 0.0
    words = ["".join(rng.choice(list("абвгдежзиклмнопрстуя"), 5)) for _ in range(300)]
    russian = [" ".join(rng.choice(words, 8)) for _ in range(80)]
    real, more = (english("money", 200, rng) + russian[part] for part in (slice(40), slice(40, 80)))
    assert read(real, more).details["other_script_rows"] == 0


def test_templates_in_another_language_do_not_vanish():
    rng = np.random.default_rng(8)
    foreign = ["ich möchte gerne wissen wie viel noch " + row for row in german(30, rng)]
    reading = read(english("money", 300, rng), mixed(english("money", 300, rng), foreign, rng))
    assert reading.value == pytest.approx(0.1)


def draw(trial, share, real_share, sizes, words):
    rng = np.random.default_rng([trial, 9])
    sides = []
    for size, part in zip(sizes, (real_share, share), strict=True):
        count = int(rng.binomial(size, part))
        sides.append(english("money", size - count, rng) + german(count, rng, words))
    return read(*sides, Calibration(draws=99, seed=trial))


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(150, 150), (80, 240)])
def test_false_alarms_stay_within_their_level(sizes):
    p_values = []
    while alarming(p_values) is None:
        p_values.append(draw(len(p_values), 0.05, 0.05, sizes, 12).p_value)
    assert not alarming(p_values)


@pytest.mark.slow
def test_a_twentieth_of_foreign_rows_is_found():
    trials = 20  # 15 must hit; of powers of one half, 98 in a hundred fall short of that
    hits = sum(fails(draw(trial, 0.05, 0.0, (300, 300), 20)) for trial in range(trials))
    assert hits >= fewest_hits(trials, 0.95)


def test_hostile_rows_are_answered():
    odd = [
        "x" * 10**6,
        "\ud800" * 9,
        "",
        "?",
        "ก" * 10**5,
        "a " * 10**5,
        "\u0301" * 999,
        "_" * 10**5,
        "😀" * 50,
    ]
    rows = english("money", 100, np.random.default_rng(10))
    reading = read(rows, rows[:60] + odd)
    assert [index - 60 for index in reading.rows] == [4]
