"""What `peers_speed.py` compares, and the page that it writes."""

from __future__ import annotations

import json
import math
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INSTALLS = {
    "prdc": ["prdc==0.2"],
    "vendi": ["vendi-score==0.0.3"],
    "nltk": ["nltk==3.10.4"],
    "mauve": ["torch==2.13.0", "mauve-text==0.4.0"],
    "diversity": ["torch==2.13.0", "diversity==0.3.1", "spacy", "openai"],
    # Evidently 0.7 does not import beside pandas 3.
    "evidently": ["evidently==0.7.23", "pandas<3"],
}
SMALL, MIDDLE, LARGE, HUGE = 1_000, 10_000, 100_000, 1_000_000
# Metric: environment of the peer, its job, our job, sizes of both, sizes of ours alone.
METRICS: dict[str, tuple[str, str, str, list[int], list[int]]] = {
    "precision, recall, density, coverage (prdc)": (
        "prdc",
        "prdc_peer",
        "prdc_own",
        [SMALL, MIDDLE, LARGE],
        [],
    ),
    "Vendi score, order 1 (vendi-score, `score_X`)": (
        "vendi",
        "vendi_peer",
        "vendi_own",
        [SMALL, MIDDLE],
        [],
    ),
    "the same (vendi-score, `score_dual`)": (
        "vendi",
        "vendi_dual_peer",
        "vendi_own",
        [SMALL, MIDDLE, LARGE, HUGE],
        [],
    ),
    "MAUVE, n / 10 clusters (mauve-text)": ("mauve", "mauve_peer", "mauve_own", [SMALL, MIDDLE], []),
    "MAUVE, 500 clusters (mauve-text)": ("mauve", "mauve_500_peer", "mauve_500_own", [MIDDLE, LARGE], [HUGE]),
    "compression ratio (diversity)": (
        "diversity",
        "compression_peer",
        "compression_own",
        [SMALL, MIDDLE, LARGE],
        [HUGE],
    ),
    "n-gram diversity (diversity)": (
        "diversity",
        "ngrams_peer",
        "ngrams_own",
        [SMALL, MIDDLE, LARGE],
        [HUGE],
    ),
    "self-repetition (diversity)": (
        "diversity",
        "repetition_peer",
        "repetition_own",
        [SMALL, MIDDLE],
        [LARGE, HUGE],
    ),
    "homogenisation, ROUGE-L (diversity)": ("diversity", "rouge_peer", "rouge_own", [SMALL, MIDDLE], []),
    "the same, figures of 200 rows": ("diversity", "rouge_peer", "rouge_few_own", [SMALL], []),
    "homogenisation of 1,000 rows against all": ("", "", "rouge_part_own", [], [MIDDLE, LARGE, HUGE]),
    "self-BLEU (nltk)": ("nltk", "bleu_peer", "bleu_own", [SMALL, MIDDLE], [LARGE, HUGE]),
    "squared MMD, Gaussian (scikit-learn's kernel)": ("prdc", "mmd_peer", "mmd_own", [SMALL, MIDDLE], []),
    "matrix products of balls alone (numpy)": ("", "", "products_own", [], [SMALL, MIDDLE, LARGE]),
}


def median(runs: list[dict] | None, what: str) -> float | None:
    good = [run[what] for run in runs or [] if "error" not in run]
    return statistics.median(good) if good else None


def shown(value: float | None, runs: list[dict] | None) -> str:
    if value is None:
        errors = [run["error"] for run in runs or [] if "error" in run]
        said = {"time": "over the time", "memory": "over the memory"}
        return said.get(errors[0], "failed") if errors else ""
    scaled = any(run.get("scale", 1) != 1 for run in runs or [])
    return ("about " if scaled else "") + (f"{value:,.0f}" if value >= 100 else f"{value:.3g}")


def difference(entry: dict) -> str:
    """What figures of both sides have in common: the largest difference; of what depends on chance both means and spreads."""
    figures = {
        side: [run["figures"] for run in entry.get(side, []) if "figures" in run] for side in ("own", "peer")
    }
    if not figures["own"]:
        return ""
    own = figures["own"][0]
    if not figures["peer"]:
        return ", ".join(f"{name} {value:.6g}" for name, value in own.items() if name != "rows")
    if "MAUVE" in own:
        values = {side: [found["MAUVE"] for found in each] for side, each in figures.items()}
        return "; ".join(
            f"{side} {statistics.mean(each):.4f} ({min(each):.4f} to {max(each):.4f})"
            for side, each in values.items()
        )
    peer = figures["peer"][0]
    same = [name for name in own if name in peer]
    if not same:
        return ", ".join(f"{name} {value:.6g}" for name, value in own.items())
    parts = [f"{name} {own[name]:.6g}" for name in same]
    return f"{', '.join(parts)}; differs by {max(abs(own[name] - peer[name]) for name in same):.1g}"


def exponent(entries: list[dict], side: str) -> str:
    """Slope of log seconds over log rows, from the two largest sizes that were finished."""
    points = [(entry["rows"], median(entry.get(side), "wall")) for entry in entries]
    points = [(rows, wall) for rows, wall in points if wall is not None and rows > SMALL] or []
    if len(points) < 2:
        return ""
    (n, first), (m, second) = points[-2:]
    return f"{math.log(second / first) / math.log(m / n):.2f}"


def page(store: Path) -> str:
    entries = [json.loads(line) for line in store.read_text().splitlines()]
    machine = next(entry for entry in reversed(entries) if entry["metric"] == "machine")
    latest = {(entry["metric"], entry["rows"]): entry for entry in entries if entry["metric"] != "machine"}
    lines = [
        "# Published metrics and whole reports: peers and us",
        "",
        f"Written by `benchmarks/peers_speed.py` on {machine['date']}: {machine['processor']}, {machine['cores']} cores, Python "
        f"{machine['python']}. Versions: {', '.join(part for parts in INSTALLS.values() for part in parts if '=' in part)}.",
        "",
        "Texts are pairs of real requests (CLINC150), about 17 words a row; vectors are 256 hashed words and word pairs at unit length. "
        "Wall seconds, medians of the runs; both sides in turns, each with every core. `times` is the peer's seconds "
        "over ours, by the wall and by processor time. `about`: a part of the work was timed and scaled up. Limits for one run: "
        f"{machine['minutes']} minutes, {machine['gigabytes']} GB. Processes that waited for a core when it began (load): {machine['load']}; with more than "
        "there are cores, look at processor time.",
        "",
        "| metric | rows | runs | peer, s | ours, s | times (wall, processor) | peer, MB | ours, MB | our first run, s | figures |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for metric, (_, _, _, both, alone) in METRICS.items():
        for rows in sorted({*both, *alone}):
            entry = latest.get((metric, rows))
            if entry is None:
                continue
            walls = {side: median(entry.get(side), "wall") for side in ("own", "peer")}
            ratio = ""
            if None not in walls.values():
                processor = median(entry["peer"], "processor") / median(entry["own"], "processor")
                ratio = f"{walls['peer'] / walls['own']:.3g}, {processor:.3g}"
            sizes = [shown(median(entry.get(side), "megabytes"), None) for side in ("peer", "own")]
            first = [run["wall"] for run in entry["own"] if "error" not in run][:1]
            lines.append(
                f"| {metric} | {rows:,} | {len(entry['own'])} | {shown(walls['peer'], entry.get('peer'))} | {shown(walls['own'], entry['own'])} | {ratio} | "
                f"{sizes[0]} | {sizes[1]} | {shown(first[0] if first else None, None)} | {difference(entry)} |"
            )
    lines += [
        "",
        "## Growth",
        "",
        "Exponent of time from the last size but one to the last that was finished.",
        "",
    ]
    lines += ["| metric | peer | ours |", "|---|---|---|"]
    for metric in METRICS:
        own = [entry for (name, _), entry in sorted(latest.items()) if name == metric]
        found = exponent(own, "peer"), exponent(own, "own")
        if any(found):
            lines.append(f"| {metric} | {found[0]} | {found[1]} |")
    lines += [*products(latest), *whole_reports(latest), *remarks()]
    return "\n".join(lines) + "\n"


def products(latest: dict) -> list[str]:
    """What share of balls is matrix products."""
    lines = ["", "## What balls are bound by", ""]
    balls, bare = (
        next(name for name in METRICS if name.startswith(part)) for part in ("precision", "matrix")
    )
    for rows in (MIDDLE, LARGE):
        pair = [latest.get((name, rows)) for name in (balls, bare)]
        if None not in pair:
            ours, alone = (median(entry["own"], "processor") for entry in pair)
            if ours and alone:
                lines.append(
                    f"- {rows:,} rows: of {ours:.3g} processor seconds {alone:.3g}, {alone / ours:.0%}, are matrix products in single "
                    "precision, which nothing exact can do without unless the vectors let pairs be ruled out."
                )
    return lines


def whole_reports(latest: dict) -> list[str]:
    lines = [
        "",
        "## Whole reports",
        "",
        "Evidently's drift report of texts and labels (`DataDriftPreset`, saved as a page) and the whole of `holdfast audit`, each as a "
        "process of its own, imports and reading included. They do not answer the same question: the drift report holds one number for "
        "texts, a classifier's, and one for labels.",
        "",
        "| rows a side | Evidently, s | audit, s | Evidently, processor s | audit, processor s | Evidently, MB | audit, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for (metric, rows), entry in sorted(latest.items()):
        if metric == "report":
            cells = [
                shown(median(entry[side], what), entry[side])
                for what in ("wall", "processor", "megabytes")
                for side in ("peer", "own")
            ]
            lines.append(f"| {rows:,} | {' | '.join(cells)} |")
    return lines


def remarks() -> list[str]:
    return [
        "",
        "## Reading it",
        "",
        "- Definitions are those of the packages: balls without their edge (`prdc`); ten rows a cluster and five starts (`mauve-text`, whose "
        "k-means starts elsewhere, so that figures agree within the spread of seeds); `diversity` rounds to three decimals and packs twice.",
        "- Compression is zlib's work at level 9 on both sides, and its bytes are the metric: another packer gives another figure.",
        "- `score_X` is the Vendi score by all pairs; `score_dual` of the same package uses the products of columns, as we do: the same work, "
        "and ours in double precision, where rounding does not pass for kinds.",
        "- Where both sides spend their time in the same library, nobody is ten times faster: matrix products (`prdc`, MAUVE's k-means, the "
        "Gaussian kernel's exponentials beside them) and zlib. `prdc` needs 8 bytes for each pair of rows, which ends it between 10,000 and "
        "100,000; ours goes on in blocks, with the square of the rows in time.",
        "- ROUGE-L of all pairs grows with the square of the rows for everybody; at large sizes 1,000 rows against all give it with its "
        "standard error.",
    ]
