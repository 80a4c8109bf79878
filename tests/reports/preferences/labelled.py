"""Preference audits as plain data, built by hand: what a report must cope with."""

from __future__ import annotations

import copy
from typing import Any

from hostility import HOSTILE

JUDGE, NOISE = "gpt-4o@2024-08", "tiny-judge@1"
STYLE = {
    "length": "Longer answers",
    "headers": "Headers",
    "list_items": "Lists",
    "bold": "Bold type",
    "exclamations": "Exclamation marks",
    "emoji": "Emoji",
    "hedges": "Hedging words",
    "first_person": "First person",
}
UNINFORMATIVE = (
    "the judge does not agree with people beyond chance, so what it prefers cannot be told from noise that leans one way; "
    "give it a task it can do, or another judge"
)


def reading(measure: str, subject: str = JUDGE, **more: Any) -> dict[str, Any]:
    return {
        "measure": measure,
        "title": STYLE.get(measure, measure.replace("_", " ").capitalize()),
        "subject": subject,
        "unit": "",
        "value": None,
        "interval": None,
        "reality": None,
        "reality_interval": None,
        "effect": None,
        "effect_interval": None,
        "p_value": None,
        "adjusted_p": None,
        "floor": 0.0,
        "control": None,
        "smallest_detectable": None,
        "n": 640,
        "state": "within",
        "alarm": False,
        "primary": False,
        "reason": None,
        "evidence": [],
        "details": {},
        "pair_ids": [],
    } | more


def feature(
    measure: str, value: float, half: float, second: float, subject: str = JUDGE, **more: Any
) -> dict[str, Any]:
    """A feature of style: the judge's effect given people's label, and a second person's."""
    gap = value - second
    return reading(
        measure,
        subject,
        **(
            {
                "unit": "likelier to pick the answer with one standard deviation more of it, given what people said",
                "value": value,
                "interval": [value - half, value + half],
                "reality": second,
                "reality_interval": [second - 0.021, second + 0.021],
                "effect": gap,
                "effect_interval": [gap - half, gap + half],
                "p_value": 0.31,
                "floor": 0.05,
                "smallest_detectable": 1.43 * half,
                "primary": measure == "length",
            }
            | more
        ),
    )


def census(measure: str, title: str, **more: Any) -> dict[str, Any]:
    return reading(measure, "answers.jsonl", n=12_400, **({"title": "Who gave the labels"} | more)) | {
        "details": {"title": title, "census": True, "labels": 12_400} | more.get("details", {})
    }


def ledger() -> list[dict[str, Any]]:
    return [
        census(
            "label_sources",
            "How many sources the labels come from",
            unit="effective sources of labels",
            value=1.62,
            reality=2.9,
            evidence=[
                "12,400 labels come from 6 sources, which count as 1.6 of equal size; gpt-4o gave 78.0 %"
            ],
            details={
                "kinds": {"ai_judge": 11_160, "human": 992, "unknown": 248},
                "sources": {
                    JUDGE: 9_672,
                    NOISE: 1_488,
                    "ann (human)": 500,
                    "ben (human)": 300,
                    "unnamed (unknown)": 248,
                    "cy (human)": 192,
                },
            },
        ),
        census(
            "unknown_labels",
            "Labels that nobody is known to have given",
            unit="of labels",
            value=0.02,
            reality=0.0,
            floor=0.05,
            evidence=["of 248 of 12,400 labels it is not known who gave them; at most 5 % should be"],
        ),
        census(
            "largest_judge",
            "Labels given by one model",
            unit="of labels",
            value=0.78,
            floor=0.7,
            state="beyond",
            alarm=True,
            evidence=["gpt-4o gave 78.0 % of 12,400 labels; at most 70 % should come from one model"],
        ),
        census(
            "double_labelled",
            "Pairs that people and a judge labelled",
            unit="pairs",
            value=640.0,
            floor=300.0,
        ),
        census(
            "related_labels",
            "Labels by a relative of an author",
            unit="of labels",
            state="undetermined",
            reason="it is not known how any judge and author are related; a file of agents (--agents) would tell",
        ),
    ]


def agreement() -> list[dict[str, Any]]:
    return [
        reading(
            "human_agreement",
            "people",
            title="People among themselves",
            unit="Krippendorff's alpha among 3 people",
            value=0.71,
            interval=[0.66, 0.76],
        ),
        reading(
            "agreement",
            title="Agreement with people",
            unit="of pairs labelled as people did",
            value=0.742,
            interval=[0.706, 0.775],
            reality=0.803,
            reality_interval=[0.769, 0.833],
            effect=-0.061,
            effect_interval=[-0.1, -0.02],
            smallest_detectable=0.05,
            evidence=["it agrees with people on 74 % of 640 pairs; a second person does on 80 %"],
            details={
                "kappa": 0.48,
                "baselines": [
                    {"name": "the longer response", "value": 0.613, "interval": [0.575, 0.65], "n": 640},
                    {"name": "the first response", "value": 0.508, "interval": [0.47, 0.547], "n": 640},
                ],
                "in_a_persons_place": {"value": 0.691, "interval": [0.655, 0.725], "n": 640},
                "informative": True,
            },
        ),
        reading(
            "agreement",
            NOISE,
            title="Agreement with people",
            unit="of pairs labelled as people did",
            value=0.512,
            interval=[0.455, 0.569],
            reality=0.803,
            reality_interval=[0.769, 0.833],
            effect=-0.291,
            effect_interval=[-0.35, -0.23],
            n=292,
            state="beyond",
            alarm=True,
            evidence=["it agrees with people on 51 % of 292 pairs, no more often than a coin"],
            details={
                "kappa": 0.02,
                "baselines": [
                    {"name": "the longer response", "value": 0.62, "interval": [0.563, 0.674], "n": 292}
                ],
                "informative": False,
            },
        ),
    ]


def taste() -> list[dict[str, Any]]:
    own = [
        feature(
            "length",
            0.117,
            0.034,
            0.031,
            state="beyond",
            alarm=True,
            p_value=0.0004,
            adjusted_p=0.0012,
            control=0.028,
            evidence=[
                "given the same human verdict, it picks the longer answer 8.6 points more often than a second person does"
            ],
            pair_ids=["p-00017", "p-00233", "p-01190"],
        ),
        feature("headers", 0.022, 0.041, 0.008),
        feature("list_items", 0.091, 0.038, 0.02, state="beyond", p_value=0.012, adjusted_p=0.08),
        feature("bold", 0.041, 0.036, 0.018),
        feature("exclamations", -0.024, 0.03, 0.004),
        reading(
            "emoji",
            state="undetermined",
            reason="only 9 of 640 pairs differ in emoji; at least 50 are needed",
        ),
        feature(
            "hedges",
            0.062,
            0.09,
            0.012,
            state="undetermined",
            reason="with 212 pairs that differ the interval is wider than the effect that counts",
        ),
        feature("first_person", -0.041, 0.029, -0.012),
    ]
    return own + [
        reading(name, NOISE, state="undetermined", reason=UNINFORMATIVE, value=0.2, n=292) for name in STYLE
    ]


def found() -> dict[str, Any]:
    """Two judges, one of them uninformative; three people; a preference for length."""
    return {
        "schema": "holdfast.preferences/1",
        "verdict": "fail",
        "sentence": "Given the same human verdict, gpt-4o@2024-08 picks the longer answer 8.6 points more often than a second person does. 3 further alarms below.",
        "holdfast_version": "0.6.0",
        "candidate": {
            "name": "answers.jsonl",
            "files": ["data/answers.jsonl"],
            "shape": "holdfast",
            "pairs": 11_200,
            "labels": 12_400,
            "prompts": 9_870,
            "set_aside": {"both responses are the same": 38},
            "skipped_rows": 2,
            "notes": ["the order in which responses were shown is known for 92 % of labels"],
        },
        "anchor": {
            "name": "people-2026",
            "kind": "frozen",
            "pairs": 900,
            "labels": 2_480,
            "people": 3,
            "shared_pairs": 640,
            "digest": "sha256:" + "9f2c61d0" * 8,
        },
        "settings": {"alpha": 0.05, "look": 2, "level": 0.0076, "seed": 20261120, "draws": 999},
        "judges": [
            {
                "name": JUDGE,
                "kind": "ai_judge",
                "labels": 9_672,
                "shared_pairs": 640,
                "informative": True,
                "contradicted": 14,
            },
            {
                "name": NOISE,
                "kind": "ai_judge",
                "labels": 1_488,
                "shared_pairs": 292,
                "informative": False,
                "contradicted": 0,
            },
        ],
        "readings": [
            *ledger(),
            *agreement(),
            reading(
                "position",
                title="Position",
                unit="of changed verdicts went to the first slot",
                value=0.738,
                interval=[0.612, 0.842],
                effect=0.238,
                effect_interval=[0.112, 0.342],
                p_value=0.0003,
                adjusted_p=0.0009,
                floor=0.05,
                smallest_detectable=0.18,
                n=420,
                state="beyond",
                alarm=True,
                primary=True,
                evidence=[
                    "of 61 verdicts that changed with the order 45 went to the first slot; 420 pairs were asked in both orders"
                ],
                details={"consistency": 0.855, "inconsistent": 61, "first_slot": 45},
                pair_ids=["p-00051"],
            ),
            reading(
                "position",
                NOISE,
                title="Position",
                primary=True,
                state="undetermined",
                reason="no pair was asked in both orders; 200 swapped pairs would tell",
                n=0,
            ),
            *taste(),
            reading(
                "label_voice",
                title="Voice of the teacher in labels",
                unit="of a standard deviation of closeness, in log odds",
                value=0.31,
                interval=[0.19, 0.43],
                reality=0.12,
                reality_interval=[0.02, 0.22],
                effect=0.19,
                effect_interval=[0.06, 0.32],
                p_value=0.002,
                adjusted_p=0.006,
                floor=0.2,
                state="within",
                primary=True,
                evidence=[
                    "the largest placebo leans nearly as far: what is preferred is a way of speaking that assistants share"
                ],
            ),
            reading(
                "author_preference",
                title="Own texts",
                unit="likelier to choose a text of its own family",
                value=0.071,
                interval=[-0.004, 0.146],
                reality=0.022,
                reality_interval=[-0.03, 0.074],
                effect=0.049,
                effect_interval=[-0.03, 0.13],
                floor=0.05,
                smallest_detectable=0.11,
                n=318,
            ),
            reading(
                "leakage",
                title="Preference leakage",
                subject="",
                state="not_asked",
                reason="it takes two judges that also wrote training data; give --agents",
                n=0,
            ),
        ],
        "findings": [
            {
                "measure": "length",
                "subject": JUDGE,
                "severity": "fail",
                "sentence": "given the same human verdict, it picks the longer answer 8.6 points more often than a second person does",
            },
            {
                "measure": "position",
                "subject": JUDGE,
                "severity": "fail",
                "sentence": "of 61 verdicts that changed with the order 45 went to the first slot",
            },
            {
                "measure": "agreement",
                "subject": NOISE,
                "severity": "fail",
                "sentence": "it agrees with people on 51 % of 292 pairs, no more often than a coin",
            },
            {
                "measure": "largest_judge",
                "subject": "answers.jsonl",
                "severity": "warn",
                "sentence": "gpt-4o gave 78.0 % of 12,400 labels; at most 70 % should come from one model",
            },
        ],
        "causes": [
            {
                "name": "judge_taste",
                "title": "The judge likes length",
                "state": "likely",
                "sentence": "The judge adds a taste of its own that people do not share",
                "evidence": [
                    "length +8.6 points beyond a second person",
                    "the effect holds among pairs of unequal quality",
                ],
                "do": "Keep double-labelled pairs, and take the judge's labels only where lengths match: holdfast curate",
            },
            {
                "name": "position_driven",
                "title": "Labels follow position",
                "state": "possible",
                "sentence": "Part of the labels is decided by which answer came first",
                "evidence": ["45 of 61 changed verdicts went to the first slot"],
                "do": "Ask in both orders and drop what changes.",
            },
        ],
        "voice": {
            "teacher": "gpt-4-turbo@1106",
            "judge": JUDGE,
            "profile": [
                {"name": "gpt-4-turbo@1106", "role": "teacher", "value": 0.31, "interval": [0.19, 0.43]},
                {"name": "claude-2", "role": "placebo", "value": 0.27, "interval": [0.15, 0.39]},
                {"name": "mistral-7b", "role": "placebo", "value": 0.05, "interval": [-0.07, 0.17]},
                {"name": "llama-2-70b-chat", "role": "placebo", "value": 0.14, "interval": [0.02, 0.26]},
            ],
            "reality": 0.12,
        },
        "win_rates": [
            {
                "author": "ours@7",
                "judge": 0.631,
                "human": 0.512,
                "corrected": 0.541,
                "interval": [0.492, 0.59],
                "worth_labels": 412.0,
            },
            {
                "author": "baseline",
                "judge": 0.369,
                "human": 0.488,
                "corrected": 0.459,
                "interval": [0.41, 0.508],
                "worth_labels": 412.0,
            },
        ],
        "pairs": [pair(place) for place in range(10)],
        "notes": ["13 prompts are in both parts of the anchor and count once"],
        "next": [
            "holdfast curate answers.jsonl --anchor people-2026 -o curated/",
            "holdfast winrate answers.jsonl --anchor people-2026 --label-next 400 -o next.jsonl   # 400 pairs for people to label, drawn with known probabilities",
            "Ask the judge again with the two responses swapped, for 200 pairs: nothing else shows position.",
        ],
        "show_text": True,
    }


def pair(place: int) -> dict[str, Any]:
    short = "Yes: unplug the router for ten seconds, then plug it in again. If the light stays red, call us."
    long = (
        "Great question! Restarting a router can feel confusing, so let's go through it step by step.\n\n"
        "## Before you begin\n- **Save your work.** The connection will drop.\n- **Find the power cable.**\n\n"
        "## Steps\n1. Unplug the router.\n2. Wait for ten seconds.\n3. Plug it in again.\n\n"
        + "It is also worth remembering that every device behaves a little differently. "
        * (1 + 8 * (place == 1))
    )
    answers = (long, short) if place % 2 else (short, long)
    judge = "a" if place % 2 else "b"
    return {
        "pair_id": f"p-{17 + 113 * place:05d}",
        "prompt": f"My router has lost its connection, what do I do? ({place + 1})",
        "response_a": answers[0],
        "response_b": answers[1],
        "author_a": "ours@7",
        "author_b": None if place == 2 else "baseline",
        "words_a": len(answers[0].split()),
        "words_b": len(answers[1].split()),
        "human": [("b" if place % 2 else "a"), "tie", None, "b"][0 if place < 3 else place % 4],
        "judge": "tie" if place == 6 else judge,
        "judge_name": JUDGE,
        "why": "Longer answers" if place < 6 else "Position",
    }


def passed() -> dict[str, Any]:
    made = found()
    made |= {
        "verdict": "pass",
        "findings": [],
        "causes": [],
        "sentence": "On 640 pairs that people labelled, too, gpt-4o@2024-08 shows no taste that a second person would not show. An effect of length below 5 points could have gone unseen.",
    }
    made["judges"] = made["judges"][:1]
    made["readings"] = [one for one in made["readings"] if one["subject"] != NOISE]
    for one in made["readings"]:
        if one["state"] == "beyond":
            one |= {"state": "within", "alarm": False}
        if one["measure"] in STYLE and one["state"] == "within":
            one |= {
                "value": 0.034,
                "interval": [0.0, 0.068],
                "effect": 0.003,
                "effect_interval": [-0.03, 0.04],
                "evidence": [],
            }
    return made


def no_judge() -> dict[str, Any]:
    """Every label is a person's."""
    made = found()
    made |= {
        "verdict": "pass",
        "judges": [],
        "findings": [],
        "causes": [],
        "voice": None,
        "win_rates": None,
        "pairs": [],
        "next": [],
        "sentence": "Every label of answers.jsonl is a person's: there is no judge to hold against people.",
    }
    made["readings"] = [
        ledger()[0] | {"details": {"kinds": {"human": 900}, "sources": {"ann (human)": 900}}},
        agreement()[0],
    ]
    made["candidate"] |= {
        "pairs": 900,
        "labels": 900,
        "prompts": 900,
        "set_aside": {},
        "skipped_rows": 0,
        "notes": [],
    }
    return made


def no_anchor() -> dict[str, Any]:
    """Nobody's labels to hold judges against."""
    made = found()
    made |= {
        "verdict": "undetermined",
        "anchor": None,
        "findings": [],
        "causes": [],
        "voice": None,
        "win_rates": None,
        "sentence": "Nobody can tell whether the labels of answers.jsonl are still yours: not one of them is a person's, and no anchor holds people's labels of these pairs.",
        "next": [
            "holdfast winrate answers.jsonl --label-next 400 -o next.jsonl   # 400 pairs for people to label, drawn with known probabilities",
            "holdfast anchor freeze labelled.jsonl -o people/           # freeze what they said",
        ],
    }
    for judge in made["judges"]:
        judge |= {"shared_pairs": 0, "informative": None}
    empty = dict.fromkeys(
        (
            "value",
            "interval",
            "reality",
            "reality_interval",
            "effect",
            "effect_interval",
            "p_value",
            "adjusted_p",
            "smallest_detectable",
        )
    )
    for one in made["readings"]:
        if one["measure"] not in {
            "label_sources",
            "unknown_labels",
            "largest_judge",
            "double_labelled",
            "position",
            "related_labels",
        }:
            one.update(
                empty
                | {
                    "state": "undetermined",
                    "alarm": False,
                    "reason": "nobody's labels of these pairs are at hand",
                    "evidence": [],
                    "details": {},
                    "n": 0,
                }
            )
    made["readings"][0]["details"] |= {
        "kinds": {"ai_judge": 12_400},
        "sources": {JUDGE: 10_912, NOISE: 1_488},
    }
    made["pairs"] = [one | {"human": None} for one in made["pairs"][:1]]
    return made


def one_person() -> dict[str, Any]:
    """Nobody can say what a second person would score."""
    made = found()
    made["anchor"] |= {"people": 1, "kind": "inside", "digest": None}
    made |= {"verdict": "undetermined", "findings": []}
    for one in made["readings"]:
        one |= {"reality": None, "reality_interval": None}
        if one["measure"] in STYLE and one["subject"] == JUDGE and one["value"] is not None:
            one |= {
                "state": "undetermined",
                "alarm": False,
                "effect": None,
                "effect_interval": None,
                "reason": "one person labelled these pairs, and only one of the two forms shows it; two people on the same pairs would tell",
            }
    return made


def without_text() -> dict[str, Any]:
    return found() | {"show_text": False}


def hostile() -> dict[str, Any]:
    """Whatever comes from a file means harm."""
    made = copy.deepcopy(found())
    evil = list(HOSTILE)
    made["candidate"] |= {
        "name": evil[0],
        "files": evil,
        "notes": evil,
        "set_aside": dict.fromkeys(evil[:6], 3),
    }
    made["anchor"] |= {"name": evil[6]}
    made["notes"] = evil
    made["sentence"] = "Labels of " + evil[0] + " " + evil[6] + " " + evil[2]
    made["next"] = ["holdfast audit " + text + " # " + text for text in evil[:8]]
    made["judges"][0]["name"] = evil[1]
    made["judges"][1]["name"] = evil[7]
    for place, one in enumerate(made["readings"]):
        bad = evil[place % len(evil)]
        one["subject"] = {JUDGE: evil[1], NOISE: evil[7]}.get(one["subject"], bad)
        one |= {"title": bad, "unit": bad, "evidence": evil, "pair_ids": evil}
        one["reason"] = one["reason"] and bad
    made["readings"][0]["details"]["sources"] = dict.fromkeys(evil[:8], 100)
    for one in made["findings"]:
        one |= {"subject": evil[1], "sentence": evil[8]}
    for one in made["causes"]:
        one |= {"title": evil[0], "sentence": evil[11], "evidence": evil, "do": evil[6]}
    made["voice"] |= {
        "teacher": evil[3],
        "profile": [{"name": text, "role": "placebo", "value": 0.1, "interval": None} for text in evil],
    }
    made["win_rates"] = [one | {"author": text} for one, text in zip(made["win_rates"], evil, strict=False)]
    made["pairs"] = [
        one
        | {
            "pair_id": text,
            "prompt": text,
            "response_a": text,
            "response_b": evil[-1 - place],
            "author_a": text,
            "why": text,
            "judge_name": evil[1],
        }
        for place, (one, text) in enumerate(zip(made["pairs"], evil, strict=False))
    ]
    return made


SAMPLES = {
    "fail": found,
    "pass": passed,
    "no_judge": no_judge,
    "no_anchor": no_anchor,
    "one_person": one_person,
    "without_text": without_text,
    "hostile": hostile,
}
