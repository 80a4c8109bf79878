"""The page: whole, inert, without script, with every section where there is something to show, and every figure beside its interval."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from generations import SAMPLES, plain, whole
from hostility import HOSTILE

from holdfast.remedies.generate.contract import Example
from holdfast.reports.generation import render_generation_html, wording
from holdfast.reports.generation.pictures import MOST_DRAWN, strata_picture
from holdfast.reports.generation.summarise import summarise
from holdfast.reports.wording import share, share_interval


class Page(HTMLParser):
    """Reads a page strictly: all elements closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[\s\xa0]+", " ", " ".join(self.words))


def page_of(found) -> Page:
    return Page(render_generation_html(plain(found)))


@pytest.mark.parametrize("name", SAMPLES)
def test_is_whole_and_loads_nothing(name):
    text = render_generation_html(plain(SAMPLES[name]()))
    page = Page(text)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    ids = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
    for tag, attributes in page.tags:
        assert tag not in {"script", "img", "link", "iframe", "object", "form", "base"}
        for key, value in attributes.items():
            assert not key.startswith("on"), (tag, key)
            assert key not in {"src", "srcset", "action", "xlink:href"}, (tag, key)
            if key == "href":
                assert (value or "").removeprefix("#") in ids
    assert not re.search(r"url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "None" not in page.text.replace("None still is", "")
    assert "nan" not in page.text


def test_its_parts_stand_in_order():
    page = page_of(whole())
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert ids == [
        "worth", "strata", "became", "rounds", "arms", "rows", "rejected", "effects", "prompts", "selection", "requests", "limits"
    ]  # fmt: skip


def test_every_figure_stands_beside_its_interval_and_reality():
    said = page_of(whole()).text
    told = summarise(plain(whole()))

    def there(words: str) -> None:
        assert words.replace("\xa0", " ").replace("-", "\N{MINUS SIGN}") in said.replace(
            "-", "\N{MINUS SIGN}"
        ), words

    for look in (told["before"], told["after"]):
        for value in (look["overall"], look["rarest"]):
            if value is not None:
                there(f"({wording.worth_interval(value)})")
                there(f"reality {value['reality']:.2g}"[:9])
    for turn in told["turns"]:
        there(f"({wording.worth_interval(turn['worth'])})")
        for rate in (turn["kept"], turn["added"]):
            there(wording.rate(rate))
            there(share(rate["real"]))
    for one in told["strata"]:
        for kept in (one["before"], one["after"]):
            there(wording.retention(kept["share"], kept["interval"]))
    for one in told["taken"]:
        there(wording.rate(one["made"], of=False))
        if one["rarest"] is not None:
            there(f"{share(one['rarest'])} at most {share(one['rarest_high'])}")
    for one in told["lost"]:
        there(wording.rate(one["made"], of=False))
    for arm in told["arms"]:
        there(f"{share(arm['kept']['share'])} ({share_interval(arm['kept']['interval'])})")
        there(f"real rows {share(arm['kept']['real'])}")
        there(wording.rate(arm["added"]))
        there(share(arm["added"]["real"]))
    for one in told["effects"]:
        there(wording.change(one))
    there("about 915 rows would tell")
    there("max_tokens: it was the same for all rows of an arm.")
    assert "gen_ai.request" not in said
    for one in told["questions"]:
        there(one["found"])
        there(one["chance"])
    for _, rate in told["bands"]:
        there(f"{share(rate['share'])} ({share_interval(rate['interval'])})")
        there(f"real rows {share(rate['real'])}")
    there("real rows 0.012 (0.007 to 0.018): more alike than real rows")
    there("real rows: fewer than 10 real rows to hold it against")


def test_rows_stand_beside_real_ones_and_rejected_ones_say_why():
    said = page_of(whole()).text
    assert "my late aunt had an account" in said
    assert "made from my aunt had an account" in said
    assert "what happens to a dead person's account" in said
    assert "Another label than 'estate' fits far better" in said
    assert "repeats what is this fee for" in said
    assert "small was asked, small-turbo says it answered: 17 times" in said
    for one in wording.NOT_CLAIMED:
        assert one in said


def test_what_is_not_known_is_said():
    said = page_of(SAMPLES["unjudged"]()).text
    assert "No real rows judged" in said
    assert "No model was asked." in said
    assert "how many real rows would pass is not known" in said
    said = page_of(SAMPLES["untold"]()).text
    assert "cannot be told: only 31 candidate rows; 50 are needed" in said
    assert "undetermined" in said


def hostile(word: str):
    """A generation in which strangers wrote everything that strangers can write."""
    found = whole()
    rounds = tuple(
        replace(
            one,
            needs=tuple(replace(need, stratum=word) for need in one.needs),
            shares={word: 0.4, f"{word} other": 0.6},
            tallies=tuple(replace(tally, arm=word, stratum=word) for tally in one.tallies),
            guards=tuple({**guard, "filter": word, "why": word} for guard in one.guards),
            moves=tuple(replace(move, what=word, why=word) for move in one.moves),
            worth=replace(one.worth, real_rows=None, reason=word),
            reality={word: {"passes": 0.5}},
        )
        for one in found.rounds
    )
    return replace(
        found,
        rounds=rounds,
        sentence=f"{word}; still missing: {word}",
        lost={word: 2},
        dropped={word: 3},
        after=replace(found.after, lost=(word,), real_rows=None, reason=word),
        strata=tuple({**one, "stratum": word, "why": word} for one in found.strata),
        effects=tuple({**one, "parameter": word, "outcome": word, "sentence": word} for one in found.effects),
        prompts={
            "overall": found.prompts["overall"],
            "strata": [{**one, "stratum": word} for one in found.prompts["strata"]],
        },
        selection={
            **found.selection,
            "strata": [{**one, "stratum": word} for one in found.selection["strata"]],
            "asked": [
                {**one, "question": word, "state": word, "sentence": word} for one in found.selection["asked"]
            ],
        },
        requests={**found.requests, "failed": {word: 1}, "other_models": {word: {word: 2}}},
        notes=(word,),
        examples=tuple(
            Example(
                side=side,
                id=word,
                text=word,
                stratum=word,
                arm=word,
                filter=word,
                reason=word,
                source=word,
            )
            for side in ("kept", "real", "dropped")
        ),
        output=word,
    )


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_of_strangers_does_anything(word):
    quiet = {
        (tag, *sorted(attributes))
        for tag, attributes in page_of(hostile("quiet")).tags
        if tag not in {"title", "path", "rect", "circle"}
    }
    text = render_generation_html(plain(hostile(word)))
    page = Page(text)
    loud = {
        (tag, *sorted(attributes))
        for tag, attributes in page.tags
        if tag not in {"title", "path", "rect", "circle"}
    }
    # A stranger's words bring no element and no attribute that plain words would not.
    assert loud - quiet <= {("code", "class"), ("b",), ("span", "class")}
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]", text
    )
    assert len(text) < 900_000


def test_many_strata_and_ways_are_bounded():
    found = whole()
    many = tuple({**found.strata[0], "stratum": f"stratum {at}"} for at in range(400))
    arms = {f"way {at}": 1 / 30 for at in range(30)}
    found = replace(found, strata=many, rounds=tuple(replace(one, shares=arms) for one in found.rounds))
    page = page_of(found)
    assert f"{MOST_DRAWN} of 400 strata drawn" in page.text
    told = summarise(plain(found))
    assert len(str(strata_picture(told["strata"]))) < 120_000
