"""Frames come off, rows stay as they were written."""

import csv
import json
from collections import Counter
from time import process_time

import numpy as np
import pytest
from small_world import rows

from holdfast.remedies.generate.answers import Read, read_answer

LINE = ["where is my card", "why was i charged twice"]
LINES = ["Dear all,\n\nthe meeting is off.\nAnn", "where is my card"]


@pytest.mark.parametrize(
    ("answer", "text", "stripped"),
    [
        ("  Where is it?\n", "Where is it?", ()),
        ('"Where is it?"', "Where is it?", ("quotes",)),
        ("“Where is it?”", "Where is it?", ("quotes",)),
        ('"""\nWhere is it?\n"""', "Where is it?", ("fence",)),
        ("```\nWhere is it?\n```", "Where is it?", ("fence",)),
        ("```text\nWhere is it?\n```", "Where is it?", ("fence",)),
        ("Sure! Here is a new message:\n\nWhere is it?", "Where is it?", ("lead-in",)),
        ("Sure, here's another way to say it: Where is it?", "Where is it?", ("lead-in",)),
        ("Certainly!\n\nWhere is it?", "Where is it?", ("lead-in",)),
        ('Here is the rewritten text: "Where is it?"', "Where is it?", ("lead-in", "quotes")),
        ("Here's a paraphrase:\nWhere is it?", "Where is it?", ("lead-in",)),
        ("Assistant: Where is it?", "Where is it?", ("label",)),
        ("**Rewritten text:** Where is it?", "Where is it?", ("label",)),
        ("Translation: Where is it?", "Where is it?", ("label",)),
        ("The translated text is: Where is it?", "Where is it?", ("label",)),
        ("- Where is it?", "Where is it?", ("list",)),
        ("1. Where is it?", "Where is it?", ("list",)),
        ('1. "Where is it?"\n2. "Is it lost?"\n3. "Help"', "Where is it?", ("lines", "list", "quotes")),
        ("Where is it?\n\nIs it lost?", "Where is it?", ("lines",)),
        ("Messages:\n\n- Where is it?\n- Lost?", "Where is it?", ("lines", "list")),
        ("<think>They want a\n\nmessage.</think>\n\nWhere is it?", "Where is it?", ("thoughts",)),
        ("They want a message.\n</think>\nWhere is it?", "Where is it?", ("thoughts",)),
        ("Where is it?<|im_end|>", "Where is it?", ("tokens",)),
        ("Where is it? </s>", "Where is it?", ("tokens",)),
        ("Where is it?\n\nNote: I changed the words.", "Where is it?", ("note",)),
        ("Where is it?\n\n(Note: this keeps the meaning.)", "Where is it?", ("note",)),
        ("Where is it?\n\nLet me know if you need anything else!", "Where is it?", ("note",)),
        (
            '<think>x</think>Sure! Here is one:\n\n```\n1. "Where is it?"\n```\n\nI hope this helps!',
            "Where is it?",
            ("thoughts", "lead-in", "note", "fence", "list", "quotes"),
        ),
    ],
)
def test_frames_come_off(answer, text, stripped):
    assert read_answer(answer, shown=LINE) == Read(text=text, why=None, stripped=stripped)


@pytest.mark.parametrize(
    "text",
    [
        'he said "yes" and she said "no"',
        '"yes" or "no"',
        "'tis late",
        "2. May is a holiday",
        "1. Rent is due 2. So is tax",
        "Here is the thing: I lost it",
        "This is my question: where is it?",
        "Sure: why not?",
        "Sure, I will go: at noon",
        "Okay this is a good plan for the following? http://a.b",
        "Note: the meeting is off",
        "User error again",
        "Question: what is it?",
        "I'm sorry I can't come to the party",
        "sorry, I cannot find my card",
        "I can't help falling in love",
        "5*3*2",
        "*",
        "a",
        "?!1",
        "🙂",
        "<b>bold</b>",
    ],
)
@pytest.mark.parametrize("shown", [(), LINE, LINES])
def test_rows_stay(text, shown):
    if text == "*":  # says nothing
        assert read_answer(text, shown=shown).why == "empty"
        return
    assert read_answer(text, shown=shown) == Read(text=text, why=None, stripped=())


def test_lines_are_kept_where_real_rows_have_lines():
    mail = "Dear Ann,\n\nwhere is it?\n\n- the card\n- the letter\n\nBob"
    assert read_answer(mail, shown=LINES) == Read(text=mail, why=None, stripped=())
    assert read_answer(mail).text == mail
    assert read_answer(mail, shown=LINE).text == "Dear Ann,"
    items = "- the card\n- the letter"
    assert read_answer(items, shown=LINES).text == items
    assert read_answer(items).text == "the card"
    framed = f"Sure! Here is a new one:\n\n{mail}\n\nNote: I kept the list."
    assert read_answer(framed, shown=LINES).text == mail


@pytest.mark.parametrize(
    ("habit", "answer"),
    [
        ('"where is it"', '"is it lost"'),
        ("Answer: 42 pounds", "Answer: 43 pounds"),
        ("- bread", "- butter"),
        ("1. boil it", "1. fry it"),
        ("```\nx = 1\n```", "```\ny = 2\n```"),
        ("As an AI language model, I cannot do that.", "As an AI model, I cannot swim."),
        ("...", "!!!"),
    ],
)
def test_what_reality_does_is_no_frame(habit, answer):
    assert read_answer(answer, shown=[habit]) == Read(text=answer, why=None, stripped=())
    assert read_answer(answer, shown=[habit, *["something else"] * 20]) != Read(
        text=answer, why=None, stripped=()
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ('""', "empty"),
        ("...", "empty"),
        ("N/A", "empty"),
        ("<think>I wonder whether", "empty"),
        ("I'm sorry, but I can't assist with that request.", "refused"),
        ("I cannot help with that.", "refused"),
        ("Sorry, I can’t write that kind of message.", "refused"),
        ("As an AI language model, I do not have a card.", "refused"),
        ("Es tut mir leid, ich kann dabei nicht helfen.", "refused"),
        ("word " * 500, "too_long"),
    ],
)
def test_what_is_no_row(answer, why):
    found = read_answer(answer, shown=LINE)
    assert (found.text, found.why) == (None, why)


def test_long_rows_are_rows_where_reality_is_long():
    assert read_answer("word " * 500, shown=["word " * 100]).text is not None
    assert read_answer("word " * 500).text is not None
    assert read_answer("word " * 5_000).why == "too_long"


@pytest.mark.parametrize(
    "piece",
    ["\n", " ", "\n \n", '"', "```", "<think>", "<|a ", " </s>", "here is a ", "*", "1. ", "\n- ", "("],
)
def test_no_answer_takes_long(piece):
    """Servers say what they like: the time must grow with the length, and not with its square."""
    began = process_time()
    for shown in ((), LINE):
        read_answer(f"a{piece * 20_000}b", shown=shown)
        read_answer(f"{piece * 20_000}a", shown=shown)
    assert process_time() - began < 4


def test_odd_characters():
    for text in ("\ud800 half", "a\x00b", "\u202eright to left", "e\u0301" * 50):
        assert read_answer(text, shown=LINE).text == text


def test_generated_rows_stay():
    texts = [row["text"] for seed in range(5) for row in rows(seed)]
    changed = [text for text in texts if read_answer(text, shown=texts[:200]).text != text]
    assert changed == []


def load(folder):
    """Real texts by data set: short, long, of one line and of many, in several languages."""

    def table(file):
        with (folder / file).open(newline="") as handle:
            return [row["text"] for row in csv.DictReader(handle)]

    def lines(file):
        return [json.loads(line) for line in (folder / file).read_text().splitlines()]

    clinc = json.loads((folder / "clinc150/data_full.json").read_text())
    tasks = lines("dolly_openqa/open_qa.jsonl")
    yield "intents", [text for part in clinc.values() for text, _ in part]
    yield "bank", table("banking77/train.csv")
    yield "news", table("llm_div_incts/real/ag_news__test_agnews.csv")
    yield "films", table("llm_div_incts/real/sst5__test_sst.csv")
    yield "shops", table("llm_div_incts/real/yelp__test_yelp.csv")
    yield "instructions", [row["instruction"] for row in tasks]
    yield "answers", [row["output"] for row in tasks]
    yield "prompts", [row["prompt"] for row in lines("koala_test/koala_test_set.jsonl")]
    yield (
        "stories",
        [
            row["human"]
            for file in sorted((folder / "fast_detect_gpt").rglob("*.jsonl"))
            for row in lines(file)
        ],
    )
    yield "tweets", table("multiling_cls/sarcasm__en-test.csv")
    for language in ("az", "cy", "de", "id", "ro", "sl", "sw", "th"):
        yield language, table(f"multiling_cls/topic__{language}-test.csv")


@pytest.mark.real
def test_real_rows_stay(real_data):
    rng = np.random.default_rng(0)
    changed, read = Counter(), 0
    for name, texts in load(real_data):
        own = [text for text in dict.fromkeys(text.strip() for text in texts) if text]
        own = [own[at] for at in rng.permutation(len(own))[:1_000]]
        middle = min(200, len(own) // 2)
        for text in own[middle:]:
            found = read_answer(text, shown=own[:middle])
            read += 1
            if found.text != text:
                changed[name, found.why, found.stripped] += 1
    assert read > 7_000
    assert changed.total() <= 0.005 * read, changed.most_common()
