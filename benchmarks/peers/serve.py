"""Serves peers to the bench: says who it is, then answers each line of JSON with one (holdfast.lab.bench.detectors.peers).

    /path/to/peer-environment/bin/python benchmarks/peers/serve.py mauve_text prdc_balls

Each name is a file in `adapters/`; peers served together share the features of a pair. Runs in the peers' own
environment, which holds nothing of holdfast.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

PROTOCOL = 1


def main(names: list[str]) -> None:
    # Peers print; what they print must not come between two lines of ours.
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from sides import Pair

    adapters = [importlib.import_module(f"adapters.{name}") for name in names]
    hello = {
        "protocol": PROTOCOL,
        "name": "+".join(names),
        "version": "; ".join(f"{a.PACKAGE} {version(a.PACKAGE)} adapter {a.VERSION}" for a in adapters),
        "source": "benchmarks/peers",
    }
    say(ours, hello)
    for line in sys.stdin:
        pair = Pair.read(json.loads(line))
        # Read before the clock runs: whoever came first would pay for all.
        with suppress(ValueError):  # no word at all; those that need features will say so
            _ = pair.features
        say(ours, {"detections": [said for adapter in adapters for said in answers(adapter, pair)]})


KNOWN: dict[str, dict[str, None]] = {}
"""Names under which each adapter has answered before."""


def answers(adapter, pair) -> list[dict]:
    """What a peer says; that it breaks is an answer, too, so that it hides nothing of the others'."""
    found = []
    known = KNOWN.setdefault(adapter.NAME, {})
    start = time.perf_counter()
    try:
        for said in adapter.look(pair):
            found.append(clean(said) | {"seconds": round(time.perf_counter() - start, 3)})
            start = time.perf_counter()
        broke = None
    except Exception as error:  # noqa: BLE001 - see above
        broke = error
    known.update(dict.fromkeys(said["name"] for said in found))
    if broke is not None:
        reason = f"it broke: {type(broke).__name__}: {broke}"[:300]
        left = [name for name in known if name not in {said["name"] for said in found}]
        found += [{"name": name, "strength": None, "reason": reason} for name in left or [adapter.NAME]]
    return found


def clean(said: dict) -> dict:
    """Plain numbers; what is not a number is no strength."""
    strength = said.get("strength")
    if strength is not None:
        strength = float(strength)
        if not math.isfinite(strength):
            said = said | {"reason": said.get("reason") or f"it reads {strength}"}
            strength = None
    alarm, p_value = said.get("alarm"), said.get("p_value")
    return said | {
        "strength": strength,
        "alarm": None if alarm is None else bool(alarm),
        "p_value": None if p_value is None else float(p_value),
    }


def say(stream, what: dict) -> None:
    stream.write(json.dumps(what) + "\n")
    stream.flush()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        known = sorted(path.stem for path in (HERE / "adapters").glob("*.py") if path.stem != "__init__")
        sys.exit(f"name the peers to serve: {', '.join(known)}")
    main(sys.argv[1:])
