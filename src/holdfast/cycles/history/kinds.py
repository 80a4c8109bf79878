"""Kinds: where a number belongs, and which way is better, known from its name."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.cycles.history.generation import Group

BIAS = (
    "*crows_pairs*",
    "*bbq*",
    "*winogender*",
    "*winobias*",
    "*stereoset*",
    "*truthfulqa*",
    "*toxigen*",
    "*realtoxicityprompts*",
    "*simpleqa*",
    "*halueval*",
    "*bold_*",
)
"""Tasks of lm-evaluation-harness, lighteval and inspect_evals that ask for bias, toxicity or facts rather than skill."""

_WORSE = re.compile(
    r"perplexity|ppl|loss|bits|nll|error|brier|toxic|(?:^|_)(?:wer|cer|ter|ece|rmse|mse|mae)(?:_|$)"
)
_BETTER = re.compile(
    r"acc|exact|match|(?:^|_)(?:em|f1|mcc|mean|bleu|rouge\w*|chrf\w*|pass|likelihood|score|correct|recall|precision|auc|map|mrr|ndcg)(?:_|@|\d|$)"
)
_UNTOLD = re.compile(r"stereotype|diff|bias")
"""Metrics of bias benchmarks, of which more is neither better nor worse."""

MEASURES: dict[str, tuple[Group, bool]] = {
    "diversity_profile": ("diversity", True),
    "lexical_diversity": ("diversity", True),
    "length_and_format": ("diversity", True),
    "self_repetition": ("diversity", False),
    "near_duplicates": ("diversity", False),
    "mode_share": ("diversity", False),
    "syntactic_templates": ("diversity", False),
    "prompt_diversity": ("diversity", False),
    "artifacts": ("diversity", False),
    "broken_rows": ("coherence", False),
    "off_anchor": ("coherence", False),
    "off_language": ("coherence", False),
    "label_noise": ("coherence", False),
    "surprisal": ("coherence", False),
    "stratum_deficit": ("tail", False),
    "stratum_shrinkage": ("tail", True),
    "band_retention": ("tail", True),
    "rare_words": ("tail", True),
    "real_equivalent_rows": ("tail", True),
    "anchor_copies": ("other", False),
    "association_amplification": ("other", False),
    "two_samples": ("other", False),
}
"""Measures of an audit: where each stands, and whether more of it is better."""


def of_measure(name: str) -> tuple[Group, bool | None]:
    """Where a measure of an audit stands, and whether more of it is better; None where nobody said.

    >>> of_measure("broken_rows"), of_measure("one_of_mine")
    (('coherence', False), ('other', None))
    """
    return MEASURES.get(name, ("other", None))


def group_of(task: str, metric: str, bias: Sequence[str] = ()) -> Group:
    """Where a score stands.

    >>> group_of("truthfulqa_mc2", "acc"), group_of("wikitext", "bits_per_byte"), group_of("arc", "acc")
    ('bias', 'perplexity', 'benchmarks')
    """
    name = task.lower()
    if any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in (*BIAS, *bias)):
        return "bias"
    return "perplexity" if re.search(r"perplexity|ppl|bits_per_byte|nll", metric.lower()) else "benchmarks"


def better(metric: str) -> bool | None:
    """Whether more of a metric is better; None where its name does not say.

    >>> better("acc_norm"), better("word_perplexity"), better("pct_stereotype"), better("length")
    (True, False, None, None)
    """
    name = metric.lower()
    if _UNTOLD.search(name):
        return None
    if _WORSE.search(name):
        return False
    return True if _BETTER.search(name) else None
