"""Does steered generation bring lost strata back, with a model really served over HTTP, and is it better than the same budget unsteered?

CLINC150 (the imbalanced training set, 25 to 100 rows an intent). Three quarters, by a hash, are frozen as an anchor with the set's own shares; the others are
the candidate, from which ten of the forty rarest intents are removed. A model server is asked for rows twice with the same number of requests: once by `holdfast generate --for` the audit of that
candidate, once unsteered (reality's mix). Prompts see the gold part; half of the reference steers and the other half judges; downstream recall is that of TF-IDF and logistic regression on the
set's own test rows, which neither saw.

    python benchmarks/generation/run.py --data clinc150/ --model http://localhost:8000/v1 --model-name NAME --out results.json
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

LOST = 10
SUBJECT = "a message that somebody types or says to a digital assistant"


def deal(rows: list[tuple[str, str]]) -> tuple[list, list]:
    """Three quarters and one, by content."""
    parts: tuple[list, list] = ([], [])
    for text, intent in rows:
        parts[int(sha256(text.encode()).hexdigest()[:8], 16) % 4 == 0].append(
            {"text": text, "intent": intent}
        )
    return parts


def downstream(train: list[dict], test: list[tuple[str, str]], lost: list[str]) -> dict[str, float]:
    """Accuracy, and mean recall of the lost intents, on real test rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=300)
    )
    model.fit([row["text"] for row in train], [row["intent"] for row in train])
    guess = model.predict([text for text, _ in test])
    truth = np.array([intent for _, intent in test])
    right = guess == truth
    rare = np.isin(truth, lost)
    return {
        "accuracy": float(right.mean()),
        "lost_recall": float(np.mean([right[truth == one].mean() for one in lost])),
        "other_recall": float(right[~rare].mean()),
        "lost_rows": int(rare.sum()),
    }


def page(found: dict) -> str:
    """The results, for people."""
    arms = found["arms"]
    lines = [
        "# Steered generation, with a model served over HTTP",
        "",
        f"Written by `benchmarks/generation/run.py` from CLINC150 (imbalanced): {found['reality']:,} rows frozen as an anchor, a candidate of {found['candidate']:,} rows "
        f"without ten of the forty rarest intents ({', '.join(found['lost'])}). Model: {found['asked']['model_name']}, asked over HTTP; methods {found['asked']['method']}. "
        "Both runs had the same model, methods, prompts, parameters, filters and walls "
        f"({found['asked']['requests']} requests, {found['asked']['rows']} rows, {found['asked']['rounds']} rounds). Prompts saw gold rows and rows that steer; half of the reference judged and "
        "steered nothing; downstream is TF-IDF with logistic regression on the set's own test rows (300 of the lost intents). One run each: no interval over runs.",
        "",
        "| | requests | rows kept of asked for | lost strata still lost (of 10) | worth in real rows (95 %) | in the rarest tenth (95 %) | recall of the lost | accuracy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    first = next(iter(arms.values()))
    lines.append(
        _line("candidate alone", "", "", found["lost"], first["before"], found["downstream"]["candidate"])
    )
    for name, arm in arms.items():
        kept = f"{arm['accepted']} of {arm['wished']}"
        lines.append(
            _line(
                name, f"{arm['spent']['requests']:.0f}", kept, found["lost"], arm["after"], arm["downstream"]
            )
        )
    full = found["downstream"]["nothing removed"]
    lines.append(
        f"| the same candidate, nothing removed | | | | | | {full['lost_recall']:.2f} | {full['accuracy']:.3f} |"
    )
    for name, arm in arms.items():
        lines += [
            "",
            f"## {name.capitalize()}",
            "",
            f"Ended: {arm['sentence']}. {arm['seconds']:,} seconds.",
            "",
        ]
        took = {**arm["lost"], **arm["dropped"]}
        lines.append(
            "Not kept: "
            + ", ".join(f"{what} {count}" for what, count in sorted(took.items(), key=lambda one: -one[1]))
            + "."
        )
        if arm["strata"]:
            lines += [
                "",
                "| lost intent | asked | kept | state | retention by rows that judge |",
                "|---|---|---|---|---|",
            ]
            for row in arm["strata"]:
                after = row["retention_after"]
                interval = row["interval_after"]
                said = "-" if after is None else f"{after:.0%} ({interval[0]:.0%} to {interval[1]:.0%})"
                lines.append(
                    f"| {row['stratum']} | {row['wished']} | {row['accepted']} | {row['state']} | {said} |"
                )
        moved = [
            (one["number"], move["what"], move["before"], move["after"], move["why"])
            for one in arm["rounds"]
            for move in one["moves"]
        ]
        if moved:
            lines += ["", "| after round | moved | from | to | why |", "|---|---|---|---|---|"]
            lines += [
                f"| {number} | {what} | {before:.2f} | {after:.2f} | {why} |"
                for number, what, before, after, why in moved
            ]
    return "\n".join(lines) + "\n"


def _line(name: str, requests: str, kept: str, lost: list[str], worth: dict, seen: dict) -> str:
    still = sum(one in worth["lost"] for one in lost)
    return f"| {name} | {requests} | {kept} | {still} | {_range(worth)} | {_range(worth['rarest'])} | {seen['lost_recall']:.2f} | {seen['accuracy']:.3f} |"


def _range(worth: dict | None) -> str:
    if worth is None or worth["real_rows"] is None:
        return "cannot be told"
    least = "at least " if worth["at_least"] else ""
    high = f" to {worth['high']:,.0f}" if worth["high"] is not None else " or more"
    return f"{least}{worth['real_rows']:,.0f} ({worth['low']:,.0f}{high})"


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--model-name")
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--method", nargs="*", default=["few_shot", "paraphrase", "attributed_prompt"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--zero-shot",
        action="store_true",
        help="attributed_prompt shows no real row: what a weak model does then",
    )
    parser.add_argument("--only", choices=["steered", "unsteered"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--page", type=Path, help="write the results for people, too")
    asked = parser.parse_args()
    data = json.loads((asked.data / "data_imbalanced.json").read_text())
    reality, candidate = deal([(text, intent) for text, intent in data["train"]])
    sizes: dict[str, int] = {}
    for row in reality:
        sizes[row["intent"]] = sizes.get(row["intent"], 0) + 1
    rare = sorted(sizes, key=lambda name: (sizes[name], name))[: 4 * LOST]
    lost = sorted(random.Random(asked.seed).sample(rare, LOST))  # noqa: S311 - no secret
    for rows, mark in ((reality, "r"), (candidate, "c")):
        for number, row in enumerate(rows):
            row["id"] = f"{mark}{number}"
    full = candidate
    candidate = [row for row in full if row["intent"] not in lost]
    test = [(text, intent) for text, intent in data["test"]]
    found: dict = {
        "lost": lost,
        "reality": len(reality),
        "candidate": len(candidate),
        "asked": {
            key: str(value)
            for key, value in vars(asked).items()
            if key not in ("data", "out", "model", "page")
        },
        "downstream": {
            "candidate": downstream(candidate, test, lost),
            "nothing removed": downstream(full, test, lost),
        },
        "arms": {},
    }
    from holdfast import audit, freeze, generate
    from holdfast.remedies.generate.draws import read_draws
    from holdfast.remedies.generate.methods import read_method
    from holdfast.remedies.generate.recipe import MethodRecipe, ModelRecipe, Recipe

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, rows in (("real", reality), ("made", candidate)):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        shares = "".join(f"{name},{count / len(reality)}\n" for name, count in sizes.items())
        (folder / "shares.csv").write_text("stratum,share\n" + shares)
        anchor = freeze(
            folder / "real.jsonl",
            output=folder / "anchor",
            label="intent",
            shares=folder / "shares.csv",
            gold=0.15,
            holdout=0.1,
        )
        first = audit(folder / "made.jsonl", anchor=anchor, draws=2_999)
        found["audit"] = {"verdict": first.verdict, "sentence": first.sentence, "lost": first.lost}
        recipe = Recipe(
            rows=asked.rows,
            rounds=asked.rounds,
            seed=asked.seed,
            subject=SUBJECT,
            requests=asked.requests,
            models=(
                ModelRecipe(
                    name="model",
                    model=asked.model,
                    model_name=asked.model_name,
                    parallel=asked.parallel,
                    seconds=300.0,
                ),
            ),
            methods=tuple(
                MethodRecipe(
                    method=read_method(
                        name,
                        {"examples": 0} if asked.zero_shot and name == "attributed_prompt" else {},
                        name,
                        Path(),
                    )
                )
                for name in asked.method
            ),
            draws=read_draws(
                {"temperature": {"uniform": [0.6, 1.2]}, "top_p": 0.95, "max_tokens": 60}, "parameters"
            ),
        )
        for arm in ("steered", "unsteered"):
            if asked.only not in (None, arm):
                continue
            start = time.monotonic()
            made = generate(
                folder / "made.jsonl",
                anchor=anchor,
                recipe=recipe,
                output=folder / arm,
                steer=arm == "steered",
                progress=lambda said, arm=arm: (
                    print(f"{arm}: {said}", flush=True)
                    if said.startswith("round") and "of" not in said
                    else None
                ),
            )
            rows = [
                json.loads(line) for line in (folder / arm / "data" / "made.jsonl").read_text().splitlines()
            ]
            dropped = [
                json.loads(line)
                for line in (folder / arm / "dropped" / "rows.jsonl").read_text().splitlines()
            ]
            random.Random(0).shuffle(rows)  # noqa: S311 - no secret
            found["arms"][arm] = {
                "seconds": round(time.monotonic() - start),
                "ended": made.ended,
                "sentence": made.sentence,
                "wished": made.wished,
                "written": made.written,
                "accepted": made.accepted,
                "lost": dict(made.lost),
                "dropped": dict(made.dropped),
                "before": asdict(made.before),
                "after": asdict(made.after),
                "strata": [row for row in made.strata if row["stratum"] in lost],
                "asked_for_others": sum(row["wished"] for row in made.strata if row["stratum"] not in lost),
                "effects": list(made.effects),
                "requests": dict(made.requests),
                "spent": dict(made.spent),
                "rounds": [asdict(one) for one in made.rounds],
                "downstream": downstream(candidate + rows, test, lost),
                "notes": made.notes,
            }
            print(arm, made.sentence, found["arms"][arm]["downstream"], flush=True)
            asked.out.write_text(json.dumps(found, indent=1, default=str))
            if asked.page is not None:
                asked.page.write_text(page(found))
            examples = asked.out.with_suffix(f".{arm}.examples.jsonl")
            examples.write_text("".join(json.dumps(row) + "\n" for row in rows + dropped))


if __name__ == "__main__":
    main()
