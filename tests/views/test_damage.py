"""Damage is found where it is, and not in poems, chats, code or any script."""

from __future__ import annotations

import time

import numpy as np
import pytest
from worlds import invent_words

from holdfast.views import damage_patterns as patterns
from holdfast.views.damage import KINDS, read_damage
from holdfast.views.endings import read_part
from holdfast.views.loops import LOOP_CHARACTERS, LOOP_TURNS
from holdfast.views.tokens import read_tokens

DAMAGED = {
    "encoding damage": [
        "the cafÃ© opens at nine",
        "itâ€™s late, weâ€™ll go",
        "a price of Â£5 each",
        "ÐŸÑ€Ð¸Ð²ÐµÑ‚ and welcome",
        "РџСЂРёРІРµС‚ everyone",
        "lost a � letter",
        "half a \ud83d pair",
        "rings a \x07 bell",
        "I don?t know, she isn?t here",
        "ðŸ˜€ smile",
        "ä½ å¥½ä¸–ç•Œ",
    ],
    "literal escapes": [
        r"the caf\u00e9 opens",
        r"First line\nSecond line",
        r"she said \"no\" twice",
        "a link%20%20%3A to nowhere",
        r"bytes \xe2\x80",
    ],
    "loops": [
        "I like the place because " + "the food is good and " * 5,
        "ha" * 40,
        "我不知道怎么办，" * 6,
        "the answer is " + " ".join(["seventeen point nine"] * 6),
        "ฉันไม่รู้ว่าจะทำอย่างไร " * 4,
    ],
    "refusals": [
        "As an AI language model, I have no opinion on taxes.",
        "I'm sorry, but I can't assist with that request.",
        "I’m sorry, I cannot provide medical advice about this",
        "im sorry i am not able to help you with that",
        "I don't have personal experiences, but many people like tea.",
        "Als KI-Sprachmodell habe ich keine Meinung dazu.",
        "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
        "En tant que modèle de langage, je ne peux pas répondre.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "作为一个人工智能，我没有个人意见。",
        "Как языковая модель, я не имею мнения.",
        "申し訳ありませんが、言語モデルとしてお答えできません。",
    ],
    "assistant openings": [
        "Sure! Here is a paraphrase of the sentence",
        "Certainly, I'd be happy to help you with your card",
        "Here are five questions a customer may ask:\n1. Where is my card?",
        "Natürlich! Hier ist ein Beispiel",
        "Bien sûr ! Voici une phrase",
        "好的，以下是一些例子",
    ],
    "unfilled placeholders": [
        "Dear {{name}}, thank you",
        "Dear [Your Name], thank you",
        "Please [insert your company here] now",
        "I live in <city> and need help",
        "Hello ${user.name}, welcome",
        "Lorem ipsum dolor sit amet",
        "send it to [COMPANY NAME] today",
        "the total is TODO",
        "hello {first_name}, how are you",
    ],
    "template tokens": [
        "<|im_start|>user what is my balance<|im_end|>",
        "[INST] what is my balance [/INST]",
        "### Response:\nthe balance is zero",
        "what is my balance</s>",
        "what is an <unk> balance",
        "User: what is my balance",
    ],
    "HTML leftovers": ["fish &amp; chips", "one line<br>another line", "an apostrophe&#39;s end", "<p>a paragraph"],
    "empty rows": ["", "   ", "...", "?!", "N/A", "[deleted]", "nan"],
    "cut-off rows": [
        "I would like to know whether my card (",
        "Please tell me how to link the new card,",
        "does the bank open on Monday and",
        "The film was good. The actors were good as well. Overall I would say that the",
        "The first part is fine. The second part is not. What I did not like was the end of",
        "电影很好看。演员也很好。但是我觉得故事的最后一部分有一点",
        "It goes on and on, and the view from the hill is one that nobody in the village would ever want to miss, in summer or "
        "in winter, in rain or in snow, on foot or by car, with friends or all alone, and then there is the lake and its...",
    ],
}  # fmt: skip
INNOCENT = [
    "no no no no, I said no",
    "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream",
    "soooooooo good, hahahahaha!!!!!!!!!!",
    "Tiger Tiger, burning bright, in the forests of the night; what immortal hand or eye, could frame thy fearful symmetry?",
    "for i in range(10):\n    print(i)\n    if i == 3:\n        break",
    "SELECT name, count(*) FROM users GROUP BY name ORDER BY 2 DESC;",
    "A title\n------------------------------------------------------------------",
    "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0",
    "sorry, I can't come to the party tonight",
    "Sure, see you at eight",
    "here is my number, call me",
    "here's the thing: I like it",
    "Er sagte „Spaß“ – und „Ruß“, nichts als „Ruß“.",
    "il a dit « été » puis « café », et voilà",
    "A DECISÃO NÃO FOI TOMADA",
    "¿Dónde está la estación? ¡Aquí!",
    "ฉันชอบกินข้าวผัดกับไข่ดาวทุกเช้าเพราะอร่อยมาก",
    "我今天早上去市场买了很多水果和蔬菜，然后回家做饭。",
    "今日はとても天気がいいので、公園へ散歩に行きました。",
    "Привет, как дела? Что нового сегодня?",
    "مرحبا كيف حالك اليوم",
    "మీరు ఎలా ఉన్నారు",
    "5 < 7 and 9 > 3",
    "email me at a.b@example.com [1], see [2]",
    "👍",
    "👍👍👍",
    "https://example.com/page?s=1&t=2",
    "ok",
    "7",
    "It works. It really does. Thanks #happy #customer",
    r"C:\new\table and \nabla f",
    "What is a {set} in maths, and what does [x] mean?",
    "Dr. Smith met Mr. Jones in St. Louis on Monday morning",
    "what is it made of",
    "Maltese: Ġimgħa and Ħadd",
]  # fmt: skip


def kinds(*texts):
    return [{KINDS[i] for i in np.flatnonzero(row)} for row in read_damage(texts, read_tokens(texts))]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in DAMAGED.items() for text in texts]
)
def test_damage_is_found(kind, text):
    assert kind in kinds(text)[0]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_whole_is_left_alone(text):
    assert kinds(text) == [set()]


def test_every_kind_has_an_example():
    assert set(DAMAGED) == set(KINDS)


@pytest.mark.parametrize("period", [1, 2, 3, 7, 20, 60])
def test_loops_of_any_period(period):
    rng = np.random.default_rng(period)
    before, after, block = (invent_words(count, rng) for count in (30, 30, period))
    turns = max(LOOP_TURNS, -(-LOOP_CHARACTERS // (7 * period)) + 1)
    assert kinds(" ".join(before + block * turns)) == [{"loops"}]
    assert kinds(" ".join(before + block * (LOOP_TURNS - 1) + after)) == [set()]


def test_a_row_made_of_its_own_words():
    rng = np.random.default_rng(0)
    parts = [" ".join(invent_words(6, rng)) for _ in range(4)]
    again = " ".join(parts[i] for i in rng.integers(4, size=30))
    fresh = " ".join(invent_words(180, rng))
    assert kinds(again, fresh) == [{"loops"}, set()]


def test_a_row_is_judged_by_itself():
    texts = [text for texts in DAMAGED.values() for text in texts] + INNOCENT
    alone = [kinds(text)[0] for text in texts]
    order = np.random.default_rng(0).permutation(len(texts))
    assert kinds(*(texts[i] for i in order)) == [alone[i] for i in order]


HOSTILE = [
    "a", "ab ", " ", "\n", "!", "{{", "[name_", "[your ", "_", "&amp", "<a ", "<|", "sorry i ", "i can't ", "here is a ",
    "\ud800", "\x00", "Ã", "à\u0080", "Ġa", "%AF", "=AF", "\\u00", "РЂ", "a.", "A. ", "。", "...", "ก", "我", "\u0301",
    "1", "as an ", "\U0001f600", "[A-", "(", "a b ", "\\n", "<", "=", "a? ",
]  # fmt: skip


def test_hostile_rows_take_no_longer_than_others():
    texts = [piece * (1_000_000 // len(piece)) for piece in HOSTILE]
    tokens = read_tokens(texts)
    start = time.process_time()
    flags = read_damage(texts, tokens)
    assert time.process_time() - start < 5  # a second and less; a slow machine may take longer
    assert flags.shape == (len(HOSTILE), len(KINDS))


def test_no_rows():
    assert read_damage([], read_tokens([])).shape == (0, len(KINDS))


PIECES = [
    *(
        "?t ",
        "a?t ",
        "a?re=",
        "\\n",
        "\\na",
        "%AF%BB%CC",
        "=3D=3D",
        "i can't assist",
        "as an ai",
        "als eine ki",
        "{name}",
    ),
    *(
        "I’m sorry, I can’t help",
        "désolé, je ne peux",
        "como una ia",
        "作为一个ai",
        "抱歉,我不能",
        "İ" * 25,
        "ﬁ",
        "é’",
        "Ã©",
        "â€™",
    ),
    *(
        "ðŸ˜",
        "Р’С‹Рђ",
        "ß¼ß¼",
        "\x1c",
        "\x07",
        "\u2028",
        "[URL]",
        "[Your Name]",
        "<b>",
        "&#39;",
        "Lorem Ipsum",
        "USER: ",
    ),
    *(
        "ich bin eine ki",
        "ha" * 40,
        "Sure, here is",
        "Here's a list:\n",
        "N/A",
        "TODO",
        "%(foo)s",
        "</think>",
        "Ġthe Ġcat Ġsat",
    ),
    *(
        "a.",
        " B. ",
        "ok! ",
        "。",
        "...",
        "…",
        "-",
        "x-",
        "_-",
        "(",
        "word ",
        "the",
        "#tag",
        "\n",
        "\n\n",
        "\t",
        " ",
        "1",
        "😀",
    ),
]


def kinds_by_patterns(text):
    """Every pattern searches the whole text, whatever signs it holds."""
    part = read_part(text)
    folded = part.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    garbled = patterns.CONTROL if part.isascii() else patterns.ENCODING
    found = {
        "encoding damage": garbled.search(part) or patterns.LOST_APOSTROPHE.search(part),
        "literal escapes": patterns.ESCAPES.search(part),
        "refusals": patterns.REFUSALS.search(folded)
        or (not folded.isascii() and patterns.REFUSALS_UNSPACED.search(folded)),
        "assistant openings": patterns.OPENINGS.search(folded),
        "unfilled placeholders": patterns.PLACEHOLDERS.search(part),
        "template tokens": patterns.TEMPLATES.search(part),
        "HTML leftovers": patterns.HTML.search(part),
    }
    return {kind for kind, match in found.items() if match}


def test_signs_miss_nothing_that_patterns_find():
    dice = np.random.default_rng(3)
    texts = [
        "".join(PIECES[i] + " " * int(gap) for i, gap in zip(drawn, dice.random(8) < 0.3, strict=False))
        for drawn in (dice.integers(0, len(PIECES), dice.integers(9)) for _ in range(3_000))
    ]
    texts += [text * 60 for text in texts[:40]] + ["Ｉ can't", "K" * 70, ""]
    # One at a time and all together: what stands in another row changes nothing.
    together = kinds_of(texts)
    read = set(kinds_by_patterns("{name}")) | {kind for text in texts for kind in kinds_by_patterns(text)}
    assert len(read) == 7
    for text, found in zip(texts, together, strict=True):
        assert found & read == kinds_by_patterns(text), text
    assert [kinds_of([text])[0] for text in texts[:300]] == together[:300]


def kinds_of(texts):
    return [{KINDS[i] for i in np.flatnonzero(row)} for row in read_damage(texts, read_tokens(texts))]
