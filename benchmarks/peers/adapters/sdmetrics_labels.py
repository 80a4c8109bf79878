"""SDMetrics on the label column: category coverage and the complement of total variation. No rule."""

import pandas as pd
from sdmetrics.single_column import CategoryCoverage, TVComplement

NAME, PACKAGE, VERSION = "sdmetrics", "sdmetrics", 1


def look(pair):
    for name, metric in (("coverage", CategoryCoverage), ("tv", TVComplement)):
        if pair.real_labels is None or pair.made_labels is None:
            yield {"name": f"sdmetrics:{name}", "strength": None, "reason": "there are no labels"}
            continue
        score = metric.compute(pd.Series(pair.real_labels), pd.Series(pair.made_labels))
        yield {"name": f"sdmetrics:{name}", "strength": 1.0 - score}
