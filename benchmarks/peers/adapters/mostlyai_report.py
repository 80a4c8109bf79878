"""mostlyai-qa's report: accuracy, and similarity in the space of its bundled embedder. Readings without a rule."""

import tempfile
import warnings
from pathlib import Path

import pandas as pd
from mostlyai import qa

NAME, PACKAGE, VERSION = "mostlyai-qa", "mostlyai-qa", 1


def look(pair):
    warnings.simplefilter("ignore")
    real, made = (
        pd.DataFrame({"text": texts} | ({"label": labels} if labels else {}))
        for texts, labels in ((pair.real, pair.real_labels), (pair.made, pair.made_labels))
    )
    with tempfile.TemporaryDirectory() as folder:
        _, found = qa.report(syn_tgt_data=made, trn_tgt_data=real, report_path=Path(folder) / "report.html")
    yield {"name": "mostlyai-qa:accuracy", "strength": 1.0 - found.accuracy.overall}
    similarity = found.similarity
    yield {
        "name": "mostlyai-qa:similarity",
        "strength": 1.0 - similarity.cosine_similarity_training_synthetic,
    }
    yield {
        "name": "mostlyai-qa:discriminator",
        "strength": similarity.discriminator_auc_training_synthetic,
    }
