import json
from dataclasses import replace

import pytest

from holdfast.errors import InputError, OutputError
from holdfast.remedies.generate.contract import Call, Made, Move, Need, Round, Tally, Worth
from holdfast.remedies.generate.rounds import Ended, Steered, Unfinished

RUN = "sha256:" + "ab" * 32
HOSTILE = 'a "quoted"\nline\x00\x1b[31m {answer} 😀 \u2028 </script>'
CALL = Call(
    key="sha256:1",
    row="g-1-00001",
    hop=0,
    arm="few_shot/m",
    asked="m",
    answered="n",
    prompt_id="p",
    template_hash="sha256:2",
    parameters={"temperature": 1.0, "seed": 3, "stop_sequences": ["x"]},
    finish_reason="stop",
    answer_id="a",
    input_tokens=7,
    output_tokens=3,
    cost=0.1,
    seconds=0.25,
)
MADE = Made(
    id="g-1-00001",
    stratum=HOSTILE,
    arm="few_shot/m",
    method="few_shot",
    model="m",
    round=1,
    source_type="synthetic",
    text=HOSTILE,
    parents=("r1",),
    parent_depths=(0, None),
    licenses=("MIT",),
    shown=("r2",),
    attributes={"register": HOSTILE},
    stripped=("quotes",),
    calls=(CALL,),
    dropped_by="leak",
    drop_reason="repeats",
    duplicate_of="r1",
)
WORTH = Worth(
    rows=9,
    real_rows=4.5,
    low=1.0,
    high=None,
    at_least=True,
    rarest={"real_rows": 2.0},
    reason=None,
    lost=(HOSTILE,),
)
ROUND = Round(
    number=1,
    needs=(Need(stratum=HOSTILE, real=9, have=0, expected=9.5, quota=3, state="missing", why="w"),),
    shares={"few_shot/m": 1.0},
    temperature=(0.6, 1.1),
    tallies=(
        Tally(arm="few_shot/m", stratum=HOSTILE, round=1, wished=3, written=2, accepted=1, added=1, cost=0.1),
    ),
    filtered={"leak": 1},
    guards=({"filter": "leak", "decision": "acts", "all": None, "strata": ["a"]},),
    worth=WORTH,
    moves=(Move(what="temperature", before=1.0, after=0.9, low=0.6, high=1.1, why="w"),),
    spent={"requests": 3.0, "tokens": 30.0, "cost": None},
    reality={HOSTILE: {"passes": 0.9}},
)
ENDED = Ended(
    round=ROUND,
    made=(MADE, replace(MADE, id="g-1-00002", text=None, lost="failed", model=None, licenses=None, calls=())),
    steered=Steered(shares={"few_shot/m": 1.0}, temperature=(0.6, 1.1), given_up={HOSTILE: "why"}),
    prompts={"p": [{"role": "user", "content": HOSTILE}]},
)


def of(tmp_path, run=RUN):
    found = Unfinished(tmp_path / "made", run)
    found.begin()
    return found


def after(ended, number):
    return replace(ended, round=replace(ended.round, number=number))


def test_what_was_written_is_read_the_same(tmp_path):
    one, two = ENDED, after(replace(ENDED, steered=replace(ENDED.steered, temperature=None)), 2)
    unfinished = of(tmp_path)
    unfinished.write(one)
    unfinished.write(two)
    assert of(tmp_path).read() == [one, two]


def test_only_rounds_without_a_gap_count(tmp_path):
    """What was decided after a round that is missing was decided on something else."""
    unfinished = of(tmp_path)
    for number in (1, 3):
        unfinished.write(after(ENDED, number))
    assert [one.round.number for one in unfinished.read()] == [1]


def test_another_run_has_another_folder(tmp_path):
    of(tmp_path).write(ENDED)
    assert of(tmp_path, run="sha256:" + "cd" * 32).read() == []


def test_what_is_done_leaves_nothing_behind(tmp_path):
    unfinished, other = of(tmp_path), of(tmp_path, run="sha256:" + "cd" * 32)
    unfinished.write(ENDED)
    other.write(ENDED)
    unfinished.done()
    assert other.read() == [ENDED]
    other.done()
    assert list(tmp_path.iterdir()) == []


def test_without_an_output_nothing_is_kept(tmp_path):
    unfinished = Unfinished(None, RUN)
    unfinished.begin()
    unfinished.write(ENDED)
    assert (unfinished.read(), unfinished.answers) == ([], None)
    unfinished.done()


def changed(**parts):
    return lambda body: {**body, **parts}


def without(*names):
    return lambda body: {name: value for name, value in body.items() if name not in names}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: [],
        lambda _: None,
        lambda _: "round",
        changed(schema="holdfast.round/2"),
        without("schema"),
        without("made"),
        without("steered"),
        without("prompts"),
        changed(made=3),
        changed(made=[{"id": "x"}]),
        changed(round=[]),
        changed(prompts=["abc"]),
        changed(prompts={"p": 3}),
        changed(steered={}),
        changed(steered={"shares": "much", "temperature": None, "given_up": {}}),
        changed(steered={"shares": {"a": "x"}, "temperature": None, "given_up": {}}),
        changed(steered={"shares": {}, "temperature": 3, "given_up": {}}),
        changed(steered={"shares": {}, "temperature": [1.0], "given_up": {}}),
        lambda body: {**body, "round": {**body["round"], "number": 2}},
        lambda body: {**body, "round": {**body["round"], "worth": None}},
    ],
)
def test_a_damaged_round_says_where_it_lies_and_what_to_do(tmp_path, spoil):
    unfinished = of(tmp_path)
    unfinished.write(ENDED)
    (file,) = tmp_path.rglob("round-001.json")
    file.write_text(json.dumps(spoil(json.loads(file.read_bytes()))), encoding="utf-8")
    with pytest.raises(InputError, match="the round cannot be read") as caught:
        unfinished.read()
    assert str(file) in str(caught.value)
    assert "Delete it" in str(caught.value)
    file.unlink()
    assert unfinished.read() == []


def test_a_round_that_was_cut_off(tmp_path):
    unfinished = of(tmp_path)
    unfinished.write(ENDED)
    (file,) = tmp_path.rglob("round-001.json")
    whole = file.read_bytes()
    for said in (whole[: len(whole) // 2], b"", b"\xff\xfe", whole + b"}"):
        file.write_bytes(said)
        with pytest.raises(InputError, match="the round cannot be read"):
            unfinished.read()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / ".made.unfinished").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot be made"):
        of(tmp_path)
