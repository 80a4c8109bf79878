"""The recipe of a project: everything in it is known, or an error says what and where."""

import pytest

from holdfast.cycles.project import init, open_project, read_model, read_recipe
from holdfast.cycles.project.models import Model
from holdfast.errors import AnchorError, HoldfastError, InputError, OutputError

GOOD = """
anchor = "anchor"
[generate]
rows = 10
[blend]
rows = 10
[[blend.source]]
name = "made"
from = "made"
share = 1.0
[train]
command = "python train.py {data}"
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        file = tmp_path / "holdfast.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_what_is_not_said_has_a_default(write):
    recipe = read_recipe(write(GOOD))
    assert (recipe.cycles, recipe.max_depth, recipe.model, recipe.filter) == (1, None, None, None)
    assert (recipe.judge.share, recipe.judge.parts, recipe.judge.alpha) == (0.5, 2, 0.05)
    assert recipe.data_gate.on_undetermined == recipe.model_gate.on_undetermined == "ask"
    assert recipe.data_gate.severity == "stop"
    assert recipe.train.command.words == ("python", "train.py", "{data}")
    assert recipe.train.command.outputs == ("model",)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("rows = 10\n[blend]", "row = 10\n[blend]", "Did you mean 'rows'"),
        ('anchor = "anchor"', "", "names no anchor"),
        ('anchor = "anchor"', 'anchor = "anchor"\ncycles = 0', "cycles is a whole number of at least 1"),
        ('anchor = "anchor"', 'anchor = "anchor"\nmax_depth = true', "max_depth is a whole number"),
        ("[train]", "[trains]", "Did you mean 'train'"),
        ('command = "python train.py {data}"', "", r"\[train\]: has no command"),
        ('command = "python train.py {data}"', 'command = "python \'train.py"', "cannot be taken apart"),
        ('command = "python train.py {data}"', "command = []", "command is empty"),
        ("[train]", '[train]\noutputs = ["../model"]', "lies outside of its folder"),
        ("[generate]\nrows = 10", "[generate]", "neither how many rows the model writes, nor a command"),
        ("[generate]\nrows = 10", '[generate]\ncommand = "x"\ntop_p = 0.9', "top_p is for what is built in"),
        ("[generate]\nrows = 10", "[generate]\nrows = 10\ntop_p = 1.5", "top_p is a number above 0 and below 1"),
        ("[generate]\nrows = 10", '[generate]\nrows = 10\ninputs = ["a"]', "declares files of a command, and has none"),
        ('from = "made"', 'from = "holdout"', "The holdout is never trained on"),
        ('from = "made"', 'from = "mode"', "Did you mean 'made'"),
        ('from = "made"', "", "takes either from or path"),
        ("[train]", "[judge]\nshare = 1.0\n[train]", "share is a number above 0 and below 1"),
        ("[train]", '[data_gate]\non_undetermined = "go"\n[train]', "There are: ask, block, pass"),
        ("[train]", "[model_gate]\nmargin = { rarest = 0.1 }\n[train]", "Did you mean 'rarest tenth'"),
        ("[train]", '[model_gate]\nmargin = { overall = "much" }\n[train]', "overall is a number above 0"),
        ("[train]", '[model_gate]\nagainst = "first"\n[train]', "There are: start, best, previous"),
        ("[train]", "[model_gate]\napproval = 1\n[train]", "approval is true or false"),
        ("[train]", 'sinks = "x"\n[train]', "Did you mean|sinks"),
        ("[train]", '[sinks]\nmlfow = "x"\n[train]', "Did you mean 'mlflow'"),
        ("[train]", "[train", "is no TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(write, old, new, what):
    assert old in GOOD
    with pytest.raises(HoldfastError, match=what):
        read_recipe(write(GOOD.replace(old, new)))


def test_a_project_begins_with_a_recipe_that_can_be_read(made, tmp_path):
    file = init(tmp_path / "new", anchor=made / "anchor", model=str(made / "first"))
    recipe = read_recipe(file)
    assert (tmp_path / "new" / recipe.anchor).resolve() == (made / "anchor").resolve()
    assert (tmp_path / "new" / recipe.model).resolve() == (made / "first").resolve()
    with open_project(tmp_path / "new") as project:
        assert project.anchor().digest
        assert project.snapshots.current() is None
    with pytest.raises(OutputError, match="there is a project already"):
        init(tmp_path / "new", anchor=made / "anchor")
    with pytest.raises(AnchorError):
        init(tmp_path / "other", anchor=tmp_path)
    assert not (tmp_path / "other").exists()


def test_no_project(tmp_path):
    with pytest.raises(InputError, match="is no project"), open_project(tmp_path):
        pass


def test_models_have_the_digest_of_what_lies_there(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    with pytest.raises(InputError, match=r"no such model.*hf download"):
        read_model("tiny", tmp_path)
    (folder / "weights").write_bytes(b"1")
    first = read_model("tiny", tmp_path, depth=1)
    assert first.name == f"tiny@{first.digest[7:15]}"
    assert Model.of(first.plain()) == first
    (folder / "weights").write_bytes(b"2")
    assert read_model("tiny", tmp_path).digest != first.digest
    (tmp_path / "model.gguf").write_bytes(b"3")
    assert read_model("model.gguf", tmp_path).digest.startswith("sha256:")
    served = read_model("http://localhost:8000/v1", tmp_path, name="tiny")
    assert (served.name, served.digest) == ("tiny", None)


def test_models_elsewhere_have_a_digest_or_are_refused(tmp_path):
    file = tmp_path / "model.json"
    file.write_text('{"where": "models:/support/3", "digest": "sha256:' + "ab" * 32 + '"}')
    assert read_model("model.json", tmp_path).name == "models:/support/3@abababab"
    for text, what in (
        ("{}", "names no model"),
        ('{"where": "x"}', "has no digest"),
        ("{", "names no model"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=what):
            read_model("model.json", tmp_path)
