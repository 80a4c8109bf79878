"""SemHash: the share of the candidate that its deduplication removes, at its default threshold. No reference, no rule."""

from semhash import SemHash

NAME, PACKAGE, VERSION = "semhash", "semhash", 1


def look(pair):
    _, made = pair.features
    records = [
        f"{at} {text}" for at, text in enumerate(pair.made)
    ]  # equal records would be merged before it looks
    found = SemHash.from_embeddings(made, records, model=None).self_deduplicate(threshold=0.9)
    yield {"name": "semhash:duplicates", "strength": found.duplicate_ratio}
