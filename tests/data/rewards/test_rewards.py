"""Logs of rewards, in our names and in those that TRL logs."""

import json

import numpy as np
import pytest

from holdfast.data.preferences.identity import identify
from holdfast.data.rewards import read_rewards
from holdfast.errors import InputError


def test_names_that_trl_logs_are_read(tmp_path):
    rows = [
        {
            "prompt": "p",
            "chosen": "x ",
            "rejected": "y",
            "step": 5,
            "rewards/chosen": 1.5,
            "rewards/rejected": -1,
        },
        {
            "prompt": "p",
            "chosen": "x",
            "rejected": "y",
            "global_step": 10,
            "rewards/chosen": 2,
            "rewards/rejected": 0.5,
        }
        | {"logps/chosen": -20.0, "logps/rejected": -30.0, "kl": 4.0},
    ]
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    log = read_rewards(file)
    assert log.step.tolist() == [5.0, 10.0]
    assert log.reward.tolist() == [[1.5, -1.0], [2.0, 0.5]]
    assert log.logp[1].tolist() == [-20.0, -30.0]
    assert np.isnan(log.logp[0]).all()
    assert np.isnan(log.kl[0])
    assert log.kl[1] == 4.0
    assert log.pair_hash[0] == log.pair_hash[1] == identify("p", "y", "x").pair_hash
    assert log.first == ("x", "x")
    assert log.chosen.all()
    assert not log.implicit


def test_implicit_rewards_are_made_of_log_probabilities():
    row = {"pair_id": 7, "logp_a": -10.0, "logp_b": -12.0, "ref_logp_a": -11.0, "ref_logp_b": -11.0}
    log = read_rewards([row | {"beta": 0.5}])
    assert log.reward.tolist() == [[0.5, -0.5]]
    assert log.pair_id == ("7",)
    assert log.implicit
    assert not log.chosen.any()
    assert log.notes == ()
    bare = read_rewards([row])
    assert bare.reward.tolist() == [[1.0, -1.0]]
    assert "beta = 1" in bare.notes[0]
    assert read_rewards([row], beta=0.1).reward[0, 0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"pair_id": "p"}, "no reward of both"),
        ({"reward_chosen": 1.0, "reward_rejected": 0.0}, "which pair"),
        ({"pair_id": "p", "reward_chosen": "NaN", "reward_rejected": 0.0}, "no finite number"),
        ({"pair_id": "p", "logp_chosen": -1.0, "logp_rejected": -2.0}, "under both models"),
        ("text", "an object"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path, row, what):
    file = tmp_path / "log.jsonl"
    good = {"pair_id": "g", "reward_chosen": 1.0, "reward_rejected": 0.0}
    file.write_text(json.dumps(good) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(InputError, match=what) as error:
        read_rewards(file)
    assert error.value.where.endswith("log.jsonl:2")


def test_a_beta_that_is_none_is_refused():
    with pytest.raises(InputError, match="above 0"):
        read_rewards([], beta=-1.0)
