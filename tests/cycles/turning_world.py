"""A project small enough to go round in seconds, with a model that is really trained: word pairs, counted."""

import json
import random
import sys
from pathlib import Path

from holdfast.anchors import freeze
from holdfast.data.lineage import Declared, tag

INTENTS = {
    "refund": ("i want my money back for order {n}", "please refund the {thing} i bought", "how do i get a refund for {thing}"),
    "card": ("my card was declined at the {place}", "the card does not work in the {place}", "why is my card blocked since {day}"),
    "login": ("i cannot sign in since {day}", "the app forgot my password on {day}", "login fails with code {n}"),
    "transfer": ("the transfer to {name} is pending since {day}", "send {n} euros to {name}", "where is my transfer to {name}"),
    "fee": ("why was i charged {n} for the {thing}", "which fees are there at the {place}", "a fee of {n} appeared on {day}"),
    "heirs": ("my {name} died and had an account", "how do heirs close the account of {name}", "probate papers for {name}"),
}  # fmt: skip
SHARES = (0.34, 0.24, 0.18, 0.12, 0.08, 0.04)
WORDS = {
    "thing": ("shoes", "lamp", "phone", "ticket", "coat", "chair", "laptop", "book"),
    "place": ("airport", "paris", "shop", "station", "lisbon", "hotel", "cinema", "kiosk"),
    "day": ("monday", "tuesday", "friday", "sunday", "may", "june", "christmas", "easter"),
    "name": ("anna", "omar", "li", "aunt", "father", "paula", "igor", "mila"),
}
OPENERS = ("", "hello ", "please help ", "hi there ", "urgent ", "good morning ", "excuse me ", "dear team ")
CLOSERS = (
    "",
    " thanks",
    " please",
    " today",
    " as soon as possible",
    " for the {n}th time",
    " it is urgent",
    " i wait",
)


def requests(count, seed):
    """Labelled requests, a few intents frequent and some rare."""
    rng = random.Random(seed)  # noqa: S311 - a world, no secret
    rows = []
    for number in range(count):
        (intent,) = rng.choices(list(INTENTS), SHARES)
        text = rng.choice(OPENERS) + rng.choice(INTENTS[intent]) + rng.choice(CLOSERS)
        text = text.format(
            n=rng.randrange(2, 9_999), **{key: rng.choice(words) for key, words in WORDS.items()}
        )
        rows.append({"id": f"r{seed}-{number}", "text": text, "intent": intent})
    return rows


# The user's programs: they know nothing of holdfast and start quickly.
MODEL = """
import json, math, random, sys
from collections import Counter, defaultdict
from pathlib import Path

class NoPandas:  # pyarrow loads it where it is installed, which takes longer than all the rest
    def find_spec(name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoPandas)

def train(data, output):
    with open("trained.txt", "a", encoding="utf-8") as file:
        file.write(data + "\\n")
    pairs = defaultdict(Counter)
    for line in open(data, encoding="utf-8"):
        row = json.loads(line)
        words = ["<s>", *row["text"].split(), "</s>"]
        for one, two in zip(words, words[1:]):
            pairs[one][two] += 1
    Path(output).mkdir()
    (Path(output) / "pairs.json").write_text(json.dumps(pairs))

def load(model):
    return {one: Counter(after) for one, after in json.loads((Path(model) / "pairs.json").read_text()).items()}

def generate(model, rows, seed, least, output):
    pairs, rng = load(model), random.Random(seed)
    with open(output, "w", encoding="utf-8") as file:
        for number in range(int(rows)):
            words = ["<s>"]
            while words[-1] != "</s>" and len(words) < 40:
                after = {w: c for w, c in pairs[words[-1]].items() if c >= int(least)} or pairs[words[-1]]
                words += rng.choices(list(after), list(after.values()))
            file.write(json.dumps({"id": f"m{seed}-{number}", "text": " ".join(words[1:-1])}) + "\\n")

def evaluate(model, anchor, output):
    import pyarrow as pa, pyarrow.parquet as pq
    pairs = load(model)
    known = Counter(w for after in pairs.values() for w in after.elements())
    total = sum(known.values())
    rows = pq.ParquetFile(Path(anchor) / "holdout.parquet").read().to_pylist()
    counts = Counter(pq.ParquetFile(Path(anchor) / "reference.parquet").read().column("stratum").to_pylist())
    rare = min(counts, key=counts.get)
    table = []
    for row in rows:
        words, bits = ["<s>", *row["text"].split(), "</s>"], 0.0
        for one, two in zip(words, words[1:]):
            after = pairs.get(one, Counter())
            low = (known[two] + 0.1) / (total + 0.1 * 100_000)
            bits -= math.log2((after[two] + 2 * low) / (sum(after.values()) + 2))
        table.append({"id": row["id"], "stratum": row["stratum"], "band": "rarest tenth" if row["stratum"] == rare else "head half",
                      "bytes": len(row["text"].encode()) + 1, "bits": bits, "tokens": len(words) - 1})
    folder = Path(output) / "evaluation"
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(table), folder / "rows.parquet")
    with open(Path(output) / "scores.csv", "w", encoding="utf-8") as file:
        file.write("model,task,metric,item,value,higher_is_better\\n")
        for row in table:
            file.write(f"pairs,holdout,bits_per_byte,{row['id']},{row['bits'] / row['bytes']},false\\n")

globals()[sys.argv[1]](*sys.argv[2:])
"""

RECIPE = """
anchor = "anchor"
cycles = {cycles}
model = "first"
model_depth = 0
max_depth = 6
[judge]
parts = 1
[generate]
command = "{python} model.py generate {{model}} 700 {{seed}} {least} {{output}}/rows.jsonl"
inputs = ["model.py"]
[blend]
rows = 400
on_leak = "drop"
[[blend.source]]
name = "made"
from = "made"
share = {made}
[[blend.source]]
name = "gold"
from = "gold"
share = {gold}
[data_gate]
measures = ["stratum_deficit"]
tolerance = {{ stratum_deficit = 0.9 }}
on_undetermined = "pass"
[train]
command = "{python} model.py train {{data}} {{output}}/model"
inputs = ["model.py"]
[evaluate]
command = "{python} model.py evaluate {{model}} {{anchor}} {{output}}"
[model_gate]
margin = {{ overall = {margin} }}
{more}
"""


def make_project(folder, *, cycles=2, made=0.6, margin=2.0, least=1, more=""):
    """A project with an anchor, a first model and programs, ready to run."""
    folder.mkdir(exist_ok=True)
    real = folder / "real.jsonl"
    real.write_text("".join(json.dumps(row) + "\n" for row in requests(1_600, 1)), encoding="utf-8")
    tag(real, declared=Declared(source_type="human"))
    freeze(real, output=folder / "anchor", gold=0.25, holdout=0.15)
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    first = folder / "first.jsonl"
    first.write_text("".join(json.dumps(row) + "\n" for row in requests(700, 2)), encoding="utf-8")
    teach(folder, first, folder / "first")
    (folder / "trained.txt").unlink()
    write_recipe(folder, cycles=cycles, made=made, margin=margin, least=least, more=more)
    return folder


def write_recipe(folder, *, cycles=2, made=0.6, margin=2.0, least=1, more=""):
    """The recipe of such a project."""
    text = RECIPE.format(
        cycles=cycles,
        python=sys.executable,
        made=made,
        gold=round(1 - made, 3),
        margin=margin,
        least=least,
        more=more,
    )
    (folder / "holdfast.toml").write_text(text, encoding="utf-8")


def teach(folder, data, output):
    """The first model."""
    import subprocess

    subprocess.run([sys.executable, "model.py", "train", data, output], check=True, cwd=folder)  # noqa: S603 - written above


def copy_project(made, folder):
    """A copy of a project that was made once."""
    import shutil

    shutil.copytree(made, folder)
    return Path(folder)
