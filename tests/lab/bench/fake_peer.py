"""A peer for tests: says the share of texts that stand there once; other moods do what peers must not.

python fake_peer.py [MOOD]
"""

import json
import sys
import time

MOOD = sys.argv[1] if len(sys.argv) > 1 else "good"


def say(what):
    sys.stdout.write(what if isinstance(what, str) else json.dumps(what) + "\n")
    sys.stdout.flush()


def main():
    hello = {
        "protocol": 2 if MOOD == "future" else 1,
        "name": {"impostor": "holdfast", "hostile": "<script>alert(1)</script>\x1b[31m|"}.get(MOOD, "fake"),
        "version": "1",
        "source": "a test",
        "needs_labels": MOOD == "labels",
    }
    if MOOD == "mute":
        sys.exit("no licence found")
    if MOOD == "slow start":
        time.sleep(60)
    if MOOD == "chatty":
        say("loading the model\n")
    say(hello)
    for line in sys.stdin:
        answer(json.loads(line), hello["name"])


def answer(asked, name):
    texts = asked["candidate"]["texts"]
    strength = 1 - len(set(texts)) / len(texts)
    found = {"name": name, "strength": strength, "alarm": strength > 0.5, "seconds": 0.5}
    if MOOD == "dies":
        sys.exit("out of\nmemory \x1b[31m")
    if MOOD == "hangs":
        time.sleep(60)
    if MOOD == "halves":
        say('{"detections": [')
        sys.exit()
    if MOOD == "refuses":
        say({"error": "too few rows"})
    elif MOOD == "nonsense":
        say({"detections": [{"name": 7}]})
    elif MOOD == "spoofs":
        say({"detections": [found | {"name": "holdfast:stratum_deficit"}]})
    elif MOOD == "once" and asked["seed"] % 2:
        sys.exit("it broke")
    else:
        say({"detections": [found | {"reason": json.dumps(asked["declared"])}]})


if __name__ == "__main__":
    main()
