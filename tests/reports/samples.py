"""Summaries as an audit would write them: realistic, deterministic, and one that means harm."""

from __future__ import annotations

import copy

from hostility import HOSTILE
from intents import GONE, strata

from holdfast.reports.summary import (
    SCHEMA,
    Band,
    Cause,
    Diversity,
    Example,
    Phrase,
    RarityBand,
    Reading,
    RealRows,
    Summary,
    Verdict,
    Worth,
)

_LOST_TEXTS = (
    (
        "real-07412",
        "replacement_card_duration",
        "How many days until my new card gets here? The old one went through the wash.",
    ),
    (
        "real-11903",
        "rollover_401k",
        "i left my job in march and want to move the 401k into the new one, what do i need",
    ),
    ("real-02257", "jump_start", "battery's dead, walk me through jumping it off my neighbour's truck"),
    (
        "real-13380",
        "ingredient_substitution",
        "no buttermilk in the house – can I use yoghurt and a bit of lemon instead?",
    ),
)


def reading(**changes: object) -> Reading:
    """A reading of strata lost; change what the test is about."""
    base: Reading = {
        "measure": "stratum_deficit",
        "title": "Strata lost or thinned",
        "version": 1,
        "value": 0.1242,
        "at_least": False,
        "unit": "share of the rarest half lost",
        "percent": True,
        "null": {"median": 0.0091, "low": 0.0022, "high": 0.0213},
        "interval": (0.098, 0.152),
        "p_value": 0.0002,
        "p_adjusted": 0.0008,
        "effect": 0.1151,
        "tolerance": 0.02,
        "smallest_detectable": 0.034,
        "draws": 4_999,
        "verdict": "fail",
        "judged": True,
        "reason": None,
        "reads": "0 when every stratum is as frequent as in reality; the share of the rarest half's rows that are missing otherwise.",
        "blind_to": "strata that keep their number of rows while their phrasings narrow; rare cases that have no label of their own.",
        "rows_read": None,
        "source": "holdfast design 0001; Shumailov et al. 2024, Nature 631",
    }
    return base | changes  # type: ignore[return-value]


def worth_reading(**changes: object) -> Reading:
    """The reading of real-equivalent rows."""
    base: dict[str, object] = {
        "measure": "real_equivalent_rows",
        "title": "Real-equivalent rows",
        "value": 1_932.4,
        "unit": "real rows",
        "percent": False,
        "null": {"median": 5_000.0, "low": 4_410.0, "high": 5_669.0},
        "interval": (1_704.0, 2_180.0),
        "effect": 0.6135,
        "tolerance": 0.5,
        "smallest_detectable": 0.5,
        "reads": "the number of rows for fresh real rows.",
        "blind_to": "meaning in other words",
    }
    return reading(**(base | changes))


def readings() -> list[Reading]:
    """Four readings as the demo audit yields them."""
    return [
        reading(),
        reading(
            measure="rarefied_diversity",
            title="Distinct phrasings",
            value=0.6127,
            unit="distinct trigrams per trigram, at 41,000 trigrams",
            percent=False,
            null={"median": 0.6184, "low": 0.6121, "high": 0.6243},
            interval=(0.6071, 0.6188),
            p_value=0.031,
            p_adjusted=0.093,
            effect=0.0057,
            tolerance=0.03,
            smallest_detectable=0.03,
            verdict="pass",
            reads="as high as reality when the candidate says as many new things per word; lower when it repeats itself.",
            blind_to="rare intents that vanish while phrasing stays varied (see Strata lost or thinned).",
            source="Li et al. 2016, arXiv:1510.03055",
        ),
        reading(
            measure="copied_rows",
            title="Rows copied from the anchor",
            value=0.0124,
            unit="share of rows nearly identical to a real row",
            null={"median": 0.0118, "low": 0.0092, "high": 0.0149},
            interval=(0.0095, 0.0159),
            p_value=0.36,
            p_adjusted=0.72,
            effect=0.0006,
            tolerance=0.02,
            smallest_detectable=0.02,
            verdict="pass",
            reads="the share of candidate rows whose words nearly all stand in one real row.",
            blind_to="paraphrases that share no run of words with their origin.",
            source="Lee et al. 2022, arXiv:2107.06499",
        ),
        reading(
            measure="phrases",
            title="Over-used phrases",
            value=3.0,
            unit="phrases, openers and formats over-used",
            percent=False,
            null={"median": 0.0, "low": 0.0, "high": 1.0},
            interval=None,
            p_value=0.0008,
            p_adjusted=None,
            effect=3.0,
            tolerance=None,
            smallest_detectable=None,
            verdict="warn",
            judged=False,
            reason="a habit of speech is not a loss by itself",
            reads="the number of phrases that occur in more candidate rows than reality explains.",
            blind_to="habits spread over many different wordings.",
            source="Monroe et al. 2008, Political Analysis 16(4)",
        ),
    ]


def bands(*, retained: tuple[float | None, ...] = (0.62, 0.81, 0.97, 1.07)) -> list[RarityBand]:
    """Retention by rarity."""
    names = ("rarest tenth", "tenth to quarter", "quarter to half", "head half")
    counts = (1_483, 2_262, 3_741, 7_514)
    nulls: list[Band] = [
        {"median": 1.0, "low": 0.90, "high": 1.11},
        {"median": 1.0, "low": 0.93, "high": 1.07},
        {"median": 1.0, "low": 0.95, "high": 1.05},
        {"median": 1.0, "low": 0.97, "high": 1.03},
    ]
    out: list[RarityBand] = []
    for name, n, value, null in zip(names, counts, retained, nulls, strict=True):
        half = (null["high"] - null["low"]) * 0.55
        out.append(
            {
                "band": name,
                "real_rows": n,
                "candidate_rows": 0 if value is None else round(n / 3 * value),
                "retention": value,
                "interval": None if value is None else (value - half, value + half),
                "null": None if value is None else null,
                "reason": "fewer than 30 real rows in one half" if value is None else None,
            }
        )
    return out


def real_rows(value: float, low: float, high: float | None, *, at_least: bool = False) -> RealRows:
    """A number of real rows."""
    return {"real_rows": value, "low": low, "high": high, "at_least": at_least}


def worth() -> Worth:
    """5,000 rows that are worth 1,930, less for a learner than by what they cover."""
    return {
        "sentence": "5,000 candidate rows are worth 1,900 real rows, and 210 in the rarest tenth.",
        "alone": "Alone: worth 1,900 real rows (95 % interval 1,700 to 2,200); 5,000 fresh real rows: 5,000 (4,400 to 5,700).",
        "beside": "Added to the 15,000 real rows: worth at least 940 fresh ones (95 % interval 870 to 1,000); "
        "5,000 fresh real rows: about 3,800 by the same count.",
        "rows": 5_000,
        "value": real_rows(1_932.4, 1_704.0, 2_180.0),
        "by": ["labels"],
        "above": ["coverage", "language"],
        "null": {"median": 5_000.0, "low": 4_410.0, "high": 5_669.0},
        "coverage": real_rows(3_130.0, 2_800.0, 3_490.0),
        "learners": [
            {"name": "labels", "value": real_rows(1_932.4, 1_704.0, 2_180.0)},
            {"name": "language", "value": real_rows(2_611.8, 2_302.0, 2_950.0)},
        ],
        "judges": 3_000,
        "added": real_rows(944.0, 871.0, 1_017.0, at_least=True) | {"joined": 15_000, "fresh": 3_810.0},  # type: ignore[typeddict-item]
        "bands": [
            {"band": "rarest tenth", "judges": 291, "value": real_rows(212.0, 40.0, 700.0), "reason": None},
            {
                "band": "tenth to quarter",
                "judges": 412,
                "value": None,
                "reason": "only 154 real rows judge this band; 200 are needed, about 20,000 real rows in all",
            },
            {
                "band": "quarter to half",
                "judges": 720,
                "value": real_rows(4_700.0, 3_900.0, None),
                "reason": None,
            },
            {
                "band": "head half",
                "judges": 1_450,
                "value": real_rows(12_000.0, 9_500.0, None, at_least=True),
                "reason": None,
            },
        ],
        "strata": [
            {"stratum": "balance", "judges": 71, "value": real_rows(2_310.0, 800.0, None)},
            {"stratum": "play_music", "judges": 64, "value": real_rows(4_810.0, 2_100.0, 9_300.0)},
        ],
        "curve": {
            "sizes": [0.0, 1.0, 10.0, 100.0, 1_000.0, 3_130.0, 15_000.0],
            "closeness": [0.0, 0.02, 0.1, 0.22, 0.34, 0.4, 0.47],
            "candidate": 0.4,
        },
        "uncovered_count": 40,
        "uncovered_by_chance": 3.0,
        "uncovered": [
            {
                "id": f"real-{place:05d}",
                "stratum": GONE[place % len(GONE)],
                "text": f"nobody asks this any more, at least not {place} times",
                "chance": 1e-6,
                "nearest_id": None if place % 2 else "syn-00412",
                "nearest_text": None if place % 2 else "Could you please help me check the balance?",
            }
            for place in range(40)
        ],
        "representation": "Closeness: word pairs and word triples in common with the nearest row.",
        "blind_to": "meaning in other words",
    }


def worth_of_reality() -> Worth:
    """5,000 rows that are worth as many."""
    worth_: Worth = worth()
    worth_["sentence"] = "5,000 candidate rows are worth 5,100 real rows, and 4,900 in the rarest tenth."
    worth_["value"] = worth_["coverage"] = real_rows(5_130.0, 4_510.0, 5_800.0)
    worth_["learners"] = [{"name": "language", "value": real_rows(5_010.0, 4_300.0, 5_900.0)}]
    worth_["by"], worth_["above"], worth_["uncovered"] = ["coverage", "language"], [], []
    worth_["uncovered_count"] = 0
    for band in worth_["bands"]:
        band["value"], band["reason"] = real_rows(4_930.0, 3_400.0, None), None
    worth_["curve"]["candidate"] = 0.43
    return worth_


def diversity() -> Diversity:
    """A profile that is poorer the more the common is counted."""
    rows = ((0, "word pairs", 0.71), (1, "word pairs", 0.62), (2, "word pairs", 0.55), (2, "similarity", 0.9))
    return {
        "score": 0.62,
        "orders": [
            {
                "order": order,
                "of": of,
                "real": 9_000.0,
                "candidate": 9_000.0 * ratio,
                "ratio": ratio,
                "low": 0.94,
                "high": 1.06,
            }
            for order, of, ratio in rows
        ],
    }


def phrases() -> list[Phrase]:
    """Habits of a model."""
    rows: list[tuple[str, str, int, int, float, tuple[float, float], float]] = [
        ("could you please help me", "phrase", 612, 44, 41.7, (31.0, 56.4), 0.0001),
        ("I’d like to", "opener", 488, 203, 7.2, (6.1, 8.5), 0.0001),
        ("ends with “Thank you!”", "format", 231, 87, 8.0, (6.2, 10.2), 0.0004),
        ("as soon as possible", "phrase", 97, 71, 4.1, (3.0, 5.6), 0.0021),
    ]
    return [
        {
            "phrase": phrase,
            "kind": kind,  # type: ignore[typeddict-item]
            "candidate_rows": c,
            "candidate_share": c / 5_000,
            "real_rows": r,
            "real_share": r / 15_000,
            "rate_ratio": rate,
            "interval": interval,
            "p_value": p,
            "record_ids": [f"syn-{place:05d}" for place in range(20)],
            "private": False,
        }
        for phrase, kind, c, r, rate, interval, p in rows
    ]


def fail() -> Summary:
    """Ten of 150 intents are gone."""
    examples: list[Example] = [
        {"id": id_, "side": "anchor", "stratum": stratum, "text": text, "note": "no candidate row comes near"}
        for id_, stratum, text in _LOST_TEXTS
    ]
    return {
        "schema": SCHEMA,
        "holdfast_version": "0.1.0",
        "created_at": "2026-11-20T20:14:07Z",
        "verdict": "fail",
        "exit_code": 1,
        "worth": worth(),
        "sentence": (
            "Do not train on this set in place of the real rows: 10 of 150 intents are missing or nearly so, "
            "all of them rare, and 12 % of the rarest half of reality has no counterpart."
        ),
        "candidate": {
            "name": "synthetic.jsonl",
            "files": ["data/synthetic.jsonl"],
            "data_hash": "sha256:" + "5c" * 32,
            "rows": 5_000,
            "units": 4_871,
            "empty_rows": 3,
            "skipped_rows": 0,
            "shape": "text",
            "text_column": "text",
            "label_column": "intent",
            "id_column": "id",
            "notes": [
                "The text was taken from column text.",
                "Column intent holds 140 different values and was read as the stratum.",
            ],
        },
        "anchor": {
            "name": "support-2026",
            "files": ["anchors/support-2026/reference.parquet"],
            "data_hash": None,
            "rows": 15_000,
            "units": 14_612,
            "empty_rows": 0,
            "skipped_rows": 0,
            "shape": "text",
            "text_column": "text",
            "label_column": "intent",
            "id_column": "id",
            "notes": ["The anchor was frozen on 2026-11-02 from real.jsonl."],
            "kind": "frozen",
            "parts": {"reference": 15_000, "gold": 1_500, "holdout": 6_000},
            "digest": "sha256:9f2c61d0a7be40c4f6d5e8b1a2037c9965b0e1fd2c4ab8873e5d10f46a79c3e2",
            "of_rows": 15_000,
        },
        "settings": {
            "use": "replace",
            "only": [],
            "expect": None,
            "alpha": 0.01,
            "tolerances": {"stratum_deficit": 0.02, "rarefied_diversity": 0.03, "copied_rows": 0.02},
            "on_undetermined": "ask",
            "detectable": 0.5,
            "draws": 4_999,
            "seed": 20_261_120,
            "encoder": None,
            "show_text": True,
        },
        "strata": {
            "origin": "column",
            "column": "intent",
            "count": 150,
            "accuracy": None,
            "warning": None,
            "table": strata(),
            "not_in_anchor": ["crypto_wallet", "gift_card"],
        },
        "bands": bands(),
        "diversity": diversity(),
        "readings": [*readings(), worth_reading()],
        "findings": [
            {
                "measure": "stratum_deficit",
                "verdict": "fail",
                "title": "10 of 150 intents are lost",
                "sentence": "Of the rows reality would have put into its rarest half, 12 % are missing; reality itself scores 0.2 to 2.1 %.",
                "evidence": [
                    "8 intents have no row at all where between 14 and 23 were expected.",
                    "2 more have 2 rows each where 14 were expected.",
                    "Named under false-discovery control at 5 %: about one name in twenty may be wrong.",
                ],
                "strata": list(GONE),
                "record_ids": [f"real-{place:05d}" for place in range(640)],
                "record_count": 640,
                "examples": examples,
                "do": "Generate at least 20 rows for each lost intent, seeded with the real rows listed here, and audit again.",
            },
            {
                "measure": "phrases",
                "verdict": "warn",
                "title": "Four habits of speech stand out",
                "sentence": "“could you please help me” occurs in 12 % of the candidate rows and in 0.3 % of the real ones, 42 times as often.",
                "evidence": [
                    "Two phrases, one opener and one closing formula, each corrected for 2,180 phrases looked at."
                ],
                "strata": [],
                "record_ids": [f"syn-{place:05d}" for place in range(90)],
                "record_count": 1_204,
                "examples": [
                    {
                        "id": "syn-00412",
                        "side": "candidate",
                        "stratum": "balance",
                        "text": "Could you please help me check the balance of my savings account? Thank you!",
                        "note": None,
                    },
                    {
                        "id": "syn-03117",
                        "side": "candidate",
                        "stratum": "play_music",
                        "text": "I’d like to listen to some jazz, could you please help me with that as soon as possible?",
                        "note": "three of the four habits in one row",
                    },
                ],
                "do": "Vary the openers in the generation prompt; the table of phrases shows which to forbid.",
            },
            {
                "measure": "real_equivalent_rows",
                "verdict": "fail",
                "title": "Real-equivalent rows",
                "sentence": "5,000 rows are worth 1,900 real rows (1,700 to 2,200)",
                "evidence": ["by coverage: 3,130 real rows"],
                "strata": [],
                "record_ids": [],
                "record_count": 0,
                "examples": [],
                "do": "Generate towards the real rows that nobody covers any more.",
            },
        ],
        "causes": causes(),
        "phrases": phrases(),
        "do": [
            "Generate rows for the 10 lost intents: 20 each, seeded with the real rows named in the finding.",
            "Until then use the set in addition to the real rows, not in place of them.",
            "Look at crypto_wallet and gift_card: these labels do not occur in the anchor.",
        ],
        "unseen": [
            "A loss smaller than 3.4 points of the rarest half would have been missed in more than one of five audits of this size.",
            "Cases without a label of their own: a rare phrasing inside a common intent can vanish unseen.",
            "Whether the rows are true or helpful was not judged.",
        ],
        "extent": {
            "engine": None,
            "blocks": None,
            "workers": None,
            "real_rows": None,
            "beyond": 0,
            "kept": False,
        },
        "how": [
            "Every real row was scored as if it were new: without itself and its near-duplicates.",
            "The p-values come from 4,999 seeded permutations of 19,483 near-duplicate groups between the two sides.",
            "Holm’s correction over 3 judged readings at a family-wise level of 1 %.",
        ],
    }


def cause(**changes: object) -> Cause:
    """One cause."""
    return {  # type: ignore[typeddict-item]
        "id": "drift",
        "title": "Finite-sample drift",
        "state": "excluded",
        "confidence": 0.03,
        "speaks_for": [],
        "speaks_against": ["not: worth less to a learner of word order"],
        "missing": [],
        "severity": None,
        "confirm": "Count the rounds since the last real row.",
        "remedy": "Accumulate: keep the real rows in the mix.",
        **changes,
    }


def causes() -> list[Cause]:
    """A likely one, a possible one, one that nobody can tell, and one that is excluded."""
    return [
        cause(
            id="bias",
            title="Biased generation or selection",
            state="likely",
            confidence=0.91,
            speaks_for=["rarer strata short of rows", "the rarer a stratum, the more it lost"],
            severity="34 % of the rarer half of reality is missing, beyond chance",
        ),
        cause(id="artifacts", title="Synthetic artifacts", state="possible", confidence=0.34),
        cause(
            id="amplified_errors",
            title="Amplified errors and biases",
            state="unknown",
            confidence=None,
            missing=["Labels that do not fit"],
        ),
        cause(),
    ]


def without_text(summary: Summary) -> Summary:
    """As with --no-text."""
    for finding in summary["findings"]:
        for example in finding["examples"]:
            example["text"] = None
    if summary["worth"]:
        for row in summary["worth"]["uncovered"]:
            row["text"] = row["nearest_text"] = None
    return summary


def passed() -> Summary:
    """Nothing wrong."""
    summary = fail()
    summary["verdict"], summary["exit_code"] = "pass", 0
    summary["worth"], summary["diversity"] = worth_of_reality(), None
    summary["sentence"] = (
        "5,000 candidate rows are worth 5,100 real rows, and 4,900 in the rarest tenth. No loss found: in every reading "
        "the set stays within what reality itself scores."
    )
    summary["strata"]["table"] = strata(gone=())
    summary["strata"]["not_in_anchor"] = []
    summary["bands"] = bands(retained=(0.98, 1.03, 0.99, 1.0))
    summary["readings"] = [
        reading(
            value=0.0113,
            effect=0.0022,
            interval=(0.004, 0.019),
            p_value=0.31,
            p_adjusted=0.93,
            verdict="pass",
        ),
        *readings()[1:3],
        worth_reading(verdict="pass", value=5_130.0, effect=0.0, p_value=0.7, p_adjusted=1.0),
    ]
    summary["findings"], summary["phrases"] = [], []
    summary["causes"] = [cause(id=c["id"], title=c["title"]) for c in causes()]
    summary["do"] = ["Train on it; keep this report with the model."]
    return summary


def undetermined() -> Summary:
    """Too few rows to say anything."""
    summary = passed()
    summary["verdict"], summary["exit_code"] = "undetermined", 3
    summary["sentence"] = (
        "Too few rows to tell: with 120 rows even the loss of half the rare intents would go unseen."
    )
    summary["worth"] = None
    summary["candidate"]["rows"] = 120
    summary["candidate"]["units"] = 118
    summary["readings"] = [
        reading(
            value=0.031,
            null={"median": 0.028, "low": 0.0, "high": 0.31},
            interval=None,
            p_value=0.44,
            p_adjusted=0.44,
            effect=0.003,
            smallest_detectable=0.62,
            verdict="undetermined",
            reason="with 120 rows the smallest loss it could see is 62 %, more than half",
        ),
        reading(
            measure="rarefied_diversity",
            title="Distinct phrasings",
            unit="distinct trigrams per trigram",
            tolerance=0.03,
            value=None,
            null=None,
            interval=None,
            p_value=None,
            p_adjusted=None,
            effect=None,
            smallest_detectable=None,
            verdict="undetermined",
            reason="fewer than 5,000 trigrams in the candidate",
            percent=False,
        ),
    ]
    summary["bands"] = bands(retained=(None, None, 1.05, 0.99))
    summary["strata"] |= {
        "origin": "classifier",
        "column": None,
        "accuracy": 0.867,
        "warning": "The classifier reads 13 % of real rows wrongly; small differences between strata mean little.",
    }  # type: ignore[typeddict-item]
    summary["do"] = ["Generate at least 1,400 rows, or audit the set together with its earlier batches."]
    return summary


def warned() -> Summary:
    """Nothing lost, but the set has a voice of its own."""
    summary = passed()
    full = fail()
    summary["verdict"] = "warn"
    summary["sentence"] = (
        "Usable, with a habit: nothing is lost, but four phrases occur up to 42 times as often as in reality."
    )
    summary["readings"].append(readings()[3])
    summary["findings"] = full["findings"][1:2]
    summary["phrases"] = full["phrases"]
    return summary


def bare() -> Summary:
    """As little as an audit can say: no labels, no strata, no findings, no advice."""
    summary = passed()
    summary["strata"] = {
        "origin": "none",
        "column": None,
        "count": 0,
        "accuracy": None,
        "warning": None,
        "table": [],
        "not_in_anchor": [],
    }
    summary["bands"], summary["readings"], summary["phrases"] = [], [], []
    summary["worth"], summary["causes"] = None, []
    summary["do"], summary["unseen"], summary["how"] = [], [], []
    summary["anchor"] |= {"kind": "one-shot", "digest": None, "parts": {"reference": 15_000}}  # type: ignore[typeddict-item]
    return summary


def added() -> Summary:
    """The candidate is to join the real rows."""
    summary = passed()
    summary["settings"]["use"] = "add"
    summary["bands"] = []
    worth_ = worth_of_reality()
    worth_["null"] = None
    worth_["sentence"] = (
        "Joined to 15,000 real rows, 5,000 candidate rows add as much as at least 940 fresh real rows would; as many fresh "
        "rows would score about 3,800."
    )
    for band in worth_["bands"]:
        band["value"], band["reason"] = None, "too few rows"
    summary["worth"] = worth_
    summary["sentence"] = f"{worth_['sentence']} Nothing stands against it."
    said = {
        "p_value": None,
        "p_adjusted": None,
        "effect": None,
        "tolerance": None,
        "smallest_detectable": None,
    }
    summary["readings"] = [
        worth_reading()
        | said
        | {"value": 944.0, "at_least": True, "verdict": "pass", "reason": "said, not judged"}  # type: ignore[list-item, operator]
    ]
    return summary


def few() -> Summary:
    """Five strata, one of them lost."""
    summary = fail()
    table = strata()
    chosen = [
        table[0],
        *(row for row in table if row["stratum"] in {"translate", "alarm", "weather", "balance"}),
    ]
    summary["strata"]["table"], summary["strata"]["count"] = chosen, 5
    return summary


def many() -> Summary:
    """Three hundred strata, forty lost."""
    summary = fail()
    table = strata()
    twin = copy.deepcopy(table)
    for place, row in enumerate(twin):
        row["stratum"] += "_de"
        if 10 <= place < 40:
            row["lost"], row["candidate_rows"], row["candidate_share"], row["retention"] = True, 0, 0.0, 0.0
            row["interval"] = (0.0, 3.7 / row["expected_rows"])
    summary["strata"]["table"], summary["strata"]["count"] = table + twin, 300
    return summary


def hostile() -> Summary:
    """Every string that can come from a file means harm."""
    summary = fail()
    table = summary["strata"]["table"]
    for row, text in zip(table, HOSTILE, strict=False):
        row["stratum"] = text
        row["lost"] = True
    finding = summary["findings"][0]
    finding["strata"] = list(HOSTILE)
    finding["record_ids"] = list(HOSTILE)
    for field in ("title", "severity", "confirm", "remedy"):
        summary["causes"][0][field] = HOSTILE[0] + HOSTILE[6] + HOSTILE[2]  # type: ignore[literal-required]
    summary["causes"][0]["speaks_for"] = summary["causes"][0]["speaks_against"] = list(HOSTILE)
    finding["title"] = finding["do"] = HOSTILE[0] + HOSTILE[6] + HOSTILE[2]
    finding["evidence"] = list(HOSTILE)
    finding["sentence"] = HOSTILE[6] + HOSTILE[3] + HOSTILE[7]
    finding["examples"] = [
        {"id": text, "side": "candidate", "stratum": text, "text": text, "note": text} for text in HOSTILE
    ]
    summary["findings"][1]["examples"][0]["text"] = None
    summary["phrases"] = [
        phrase | {"phrase": text} for phrase, text in zip(phrases() * 5, HOSTILE, strict=False)
    ]  # type: ignore[misc]
    summary["candidate"]["name"] = HOSTILE[7]
    summary["candidate"]["files"] = list(HOSTILE)
    summary["candidate"]["text_column"] = HOSTILE[1]
    summary["candidate"]["label_column"] = HOSTILE[2]
    summary["candidate"]["notes"] = list(HOSTILE)
    summary["anchor"]["name"] = HOSTILE[1]
    summary["anchor"]["digest"] = HOSTILE[3]
    summary["anchor"]["parts"] = {HOSTILE[1]: 3}
    summary["strata"]["not_in_anchor"] = list(HOSTILE)
    summary["strata"]["column"] = HOSTILE[1]
    summary["strata"]["warning"] = HOSTILE[6]
    summary["bands"][0]["band"] = HOSTILE[0]
    summary["readings"][0] |= {
        "title": HOSTILE[6],
        "unit": HOSTILE[1],
        "reason": HOSTILE[2],
        "measure": HOSTILE[14],
    }  # type: ignore[typeddict-item]
    _spoil(summary)
    summary["settings"]["expect"] = HOSTILE[5]
    summary["settings"]["only"] = [HOSTILE[0]]
    summary["settings"]["tolerances"] = {HOSTILE[0]: 0.1}
    summary["sentence"] = HOSTILE[0] + HOSTILE[6] + HOSTILE[2] + HOSTILE[3]
    summary["do"] = list(HOSTILE)
    summary["unseen"] = list(HOSTILE)
    summary["how"] = list(HOSTILE)
    return summary


def _spoil(summary: Summary) -> None:
    found, profile = summary["worth"], summary["diversity"]
    assert found is not None
    assert profile is not None
    found["sentence"] = found["alone"] = found["beside"] = f"{HOSTILE[0]}: {HOSTILE[6]}"
    found["representation"] = found["blind_to"] = HOSTILE[1] + HOSTILE[2]
    found["by"] = found["above"] = [HOSTILE[8]]
    for learner in found["learners"]:
        learner["name"] = HOSTILE[8]
    for place, band in enumerate(found["bands"]):
        band["band"], band["reason"] = HOSTILE[place], HOSTILE[place + 2]
    found["bands"][2]["value"] = None
    found["strata"][0]["stratum"] = HOSTILE[7]
    found["uncovered"] = [
        {"id": text, "stratum": text, "text": text, "chance": 0.0, "nearest_id": text, "nearest_text": text}
        for text in HOSTILE
    ]
    profile["orders"][0]["of"] = HOSTILE[0]


SAMPLES = {
    "fail": fail,
    "pass": passed,
    "undetermined": undetermined,
    "warn": warned,
    "bare": bare,
    "few": few,
    "added": added,
    "many": many,
    "hostile": hostile,
}

VERDICTS: dict[str, Verdict] = {
    "fail": "fail",
    "pass": "pass",
    "undetermined": "undetermined",
    "warn": "warn",
}
