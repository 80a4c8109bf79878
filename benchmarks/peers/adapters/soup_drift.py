"""Soup's drift alarm on whitespace tokens, with the limit its command has by default (0.2)."""

from soup_cli.utils.drift_alarm import compute_token_distribution, rolling_kl

NAME, PACKAGE, VERSION = "soup", "soup-cli", 1
LIMIT = 0.2


def look(pair):
    live, reference = (compute_token_distribution(side) for side in (pair.made, pair.real))
    found = rolling_kl(live, reference)
    yield {"name": "soup:drift-alarm", "strength": found, "alarm": found >= LIMIT}
