"""A training that is watched: stopped where the tail dies, left alone where it lives, and the same bit by bit."""

import json
import logging
import math

import numpy as np
import pytest
from training_world import Rows, make_model, make_tokenizer, requests

from holdfast.audits.generation.losses import paired_losses
from holdfast.backends.models import open_model
from holdfast.cycles.watch import tail_callback
from holdfast.errors import UsageError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = [
    pytest.mark.models,
    # The libraries' own.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
VALIDATION = requests(400, 1)
MARGIN = {"overall": 0.1, "rarest tenth": 0.1}


def make_trainer(folder, model, rows, *, callbacks=(), validation=None, **options):
    tokenizer = make_tokenizer()
    given = {
        "output_dir": str(folder),
        "per_device_train_batch_size": 16,
        "learning_rate": 3e-3,
        "max_steps": 60,
        "logging_steps": 10,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "seed": 3,
    }
    return transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(**{**given, **options}),
        train_dataset=Rows(rows, tokenizer),
        eval_dataset=None if validation is None else Rows(validation, tokenizer),
        data_collator=transformers.DataCollatorForLanguageModeling(tokenizer, mlm=False),
        processing_class=tokenizer,
        callbacks=list(callbacks),
    )


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A model that has learnt all three kinds, saved."""
    folder = tmp_path_factory.mktemp("taught")
    trainer = make_trainer(folder / "work", make_model(), requests(1_500, 2), max_steps=250)
    trainer.train()
    trainer.model.save_pretrained(folder / "model")
    make_tokenizer().save_pretrained(folder / "model")
    return folder / "model"


def reopen(taught, **options):
    return transformers.AutoModelForCausalLM.from_pretrained(taught, **options)


def without_heirs(count, seed):
    return requests(count, seed, ("refund", "card"), (0.5, 0.5))


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_training_that_forgets_the_rare_is_stopped(taught, tmp_path, caplog):
    trainer = make_trainer(tmp_path, reopen(taught), without_heirs(1_000, 5), max_steps=200)
    callback = tail_callback(
        rows=VALIDATION, margin={"rarest tenth": 0.1}, every=10, log=tmp_path / "tail.jsonl", trainer=trainer
    )
    with caplog.at_level(logging.WARNING, "holdfast"):
        trainer.train()
    last = callback.looks[-1]
    assert 40 <= trainer.state.global_step == last.step < 200  # nothing is stopped in the first fifth
    assert last.failed
    assert "rarest tenth" in last.verdict.sentence
    assert "stops the training" in caplog.text
    said = lines(tmp_path / "tail.jsonl")
    assert [line["kind"] for line in said] == ["start"] + ["look"] * len(callback.looks)
    assert said[0]["sizes"]["rarest tenth"] == sum(row["stratum"] == "heirs" for row in VALIDATION)
    assert said[-1]["verdict"] == "fail"
    assert said[-1]["losses"][0]["name"] == "overall"


def test_it_goes_on_where_nobody_wants_it_stopped(taught, tmp_path):
    trainer = make_trainer(tmp_path, reopen(taught), without_heirs(500, 5), max_steps=40)
    callback = tail_callback(
        rows=VALIDATION, margin={"rarest tenth": 0.05}, every=10, stop=False, trainer=trainer
    )
    trainer.train()
    assert trainer.state.global_step == 40
    assert [look.number for look in callback.looks] == [1, 2, 3, 4]
    assert callback.looks[-1].failed


def test_a_training_on_fresh_rows_of_all_kinds_goes_on(taught, tmp_path):
    for seed in range(3):
        rows = requests(800, 10 + seed)
        trainer = make_trainer(tmp_path, reopen(taught), rows, max_steps=80, learning_rate=5e-4, seed=seed)
        callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10, trainer=trainer)
        trainer.train()
        assert trainer.state.global_step == 80
        assert len(callback.looks) == 8
        assert not any(look.failed for look in callback.looks)


@pytest.mark.parametrize("joined", [True, False])
def test_figures_stand_in_the_history_and_the_trainers_own_as_well(taught, tmp_path, joined):
    heard = []

    class Reporter(transformers.TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            heard.append(dict(logs))

    model = reopen(taught)
    if joined:
        trainer = make_trainer(tmp_path, model, requests(200, 4), max_steps=20, callbacks=[Reporter()])
        callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10, trainer=trainer)
    else:
        callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10)
        trainer = make_trainer(
            tmp_path, model, requests(200, 4), max_steps=20, callbacks=[Reporter(), callback]
        )
    trainer.train()
    history = trainer.state.log_history
    ours = [entry for entry in history if "holdfast/bits_per_byte" in entry]
    assert [entry["step"] for entry in ours] == [0, 10, 20]
    assert (
        ours[-1]["holdfast/rarest_tenth/loss"] == callback.looks[-1].figures()["holdfast/rarest_tenth/loss"]
    )
    low, high = (ours[-1][f"holdfast/rarest_tenth/loss_{end}"] for end in ("low", "high"))
    assert low < ours[-1]["holdfast/rarest_tenth/loss"] < high
    assert all(
        isinstance(value, int | float) and math.isfinite(value) for entry in ours for value in entry.values()
    )
    assert [entry["step"] for entry in history if "loss" in entry] == [10, 20]
    assert any("holdfast/rarest_tenth/loss" in logs for logs in heard) == joined


def weights(trainer):
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def test_training_is_the_same_bit_by_bit(taught, tmp_path):
    found = []
    for watched in (False, True):
        model = reopen(taught)
        model.transformer.h[0].mlp.eval()  # a part that a user holds still stays so
        trainer = make_trainer(tmp_path, model, requests(300, 4), max_steps=25)
        if watched:
            tail_callback(rows=VALIDATION, margin=MARGIN, every=5, stop=False, trainer=trainer)
        trainer.train()
        found.append((weights(trainer), [e["loss"] for e in trainer.state.log_history if "loss" in e]))
    (plain, losses), (watched, seen) = found
    assert losses == seen
    assert all(torch.equal(plain[name], watched[name]) for name in plain)


def test_modes_and_random_numbers_are_left_alone(taught):
    from holdfast.backends.models.in_training import read_in_training, score_in_training

    model = reopen(taught).train()
    model.transformer.h[0].mlp.eval()
    modes, numbers = [module.training for module in model.modules()], torch.get_rng_state()
    score_in_training(read_in_training(model, make_tokenizer(), batch=4), ["a text", ""])
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), numbers)


def test_figures_are_those_of_evaluate(taught, tmp_path):
    trainer = make_trainer(tmp_path, reopen(taught), without_heirs(300, 4), max_steps=10)
    callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10, stop=False, batch=7, trainer=trainer)
    trainer.train()
    trainer.model.save_pretrained(tmp_path / "after")
    make_tokenizer().save_pretrained(tmp_path / "after")
    texts = [row["text"] for row in VALIDATION]
    tables, rates = [], []
    for folder in (taught, tmp_path / "after"):
        scored = open_model(folder).score(texts)
        rates.append(scored.row_bits.sum() / scored.bytes.sum())
        tables.append(callback._running.watch.rows.table(scored.row_bits, scored.bytes))
    look = callback.looks[-1]
    assert look.rates["overall"].value == pytest.approx(rates[1], rel=1e-6)
    for mine, theirs in zip(look.losses, paired_losses(*tables), strict=True):
        assert mine.rows == theirs.rows
        if theirs.loss is None:
            assert mine.loss is None
        else:  # a difference of two costs: 1e-6 of those
            assert mine.loss == pytest.approx(theirs.loss, abs=1e-6 * rates[1])


@pytest.mark.parametrize("restore", [False, True])
def test_a_resumed_training_goes_on_with_its_looks(taught, tmp_path, restore):
    options = {
        "save_strategy": "steps",
        "save_steps": 10,
        "max_steps": 40,
        "restore_callback_states_from_checkpoint": restore,
    }
    log = tmp_path / "tail.jsonl"
    found = []
    for resumed in (None, tmp_path / "checkpoint-20"):
        trainer = make_trainer(tmp_path, reopen(taught), requests(300, 4), **options)
        callback = tail_callback(
            rows=VALIDATION,
            margin=MARGIN,
            every=10,
            stop=False,
            log=log if resumed is None else None,
            trainer=trainer,
        )
        trainer.train(resume_from_checkpoint=resumed and str(resumed))
        found.append(callback.looks)
    whole, rest = found
    assert [look.number for look in whole] == [1, 2, 3, 4]
    assert [(look.number, look.step, look.against) for look in rest] == [(3, 30, 0), (4, 40, 0)]
    assert [look.figures() for look in rest] == [look.figures() for look in whole[2:]]
    # With the log, looks that a checkpoint has not seen count as well.
    trainer = make_trainer(tmp_path, reopen(taught), requests(300, 4), **options)
    callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10, stop=False, log=log, trainer=trainer)
    trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-20"))
    assert [look.number for look in callback.looks] == [5, 6]
    assert [line["kind"] for line in lines(log)] == ["start", *["look"] * 4, "resumed", *["look"] * 2]


def test_after_an_evaluation_the_best_model_can_be_chosen_by_it(taught, tmp_path):
    trainer = make_trainer(
        tmp_path,
        reopen(taught),
        without_heirs(400, 4),
        max_steps=30,
        validation=VALIDATION[:50],
        eval_strategy="steps",
        eval_steps=10,
        eval_on_start=True,
        save_strategy="steps",
        save_steps=10,
        load_best_model_at_end=True,
        metric_for_best_model="eval_holdfast/rarest_tenth/bits_per_byte",
        greater_is_better=False,
    )
    callback = tail_callback(rows=VALIDATION, margin=MARGIN, every="evaluation", stop=False, trainer=trainer)
    trainer.train()
    assert [look.step for look in callback.looks] == [10, 20, 30]
    costs = [look.rates["rarest tenth"].value for look in callback.looks]
    assert trainer.state.best_metric == min(costs)
    assert trainer.evaluate()["eval_loss"] > 0  # after the training nobody looks


def test_a_look_after_each_epoch_and_ten_by_default(taught, tmp_path):
    for every, options, steps in (
        ("epoch", {"num_train_epochs": 2, "max_steps": -1}, [4, 8]),
        (None, {"max_steps": 25}, [3, 6, 9, 12, 15, 18, 21, 24, 25]),
    ):
        trainer = make_trainer(tmp_path, reopen(taught), requests(64, 4), **options)
        callback = tail_callback(rows=VALIDATION[:100], every=every, trainer=trainer)
        trainer.train()
        assert [look.step for look in callback.looks] == steps
        assert callback.looks[0].verdict is None


def test_a_model_that_gives_no_numbers_is_looked_at_in_vain(taught, tmp_path, caplog):
    class Broken(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, model=None, **kwargs):
            with torch.no_grad():
                model.transformer.wte.weight.fill_(float("nan"))

    log = tmp_path / "tail.jsonl"
    callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=2, log=log)
    trainer = make_trainer(
        tmp_path, reopen(taught), requests(64, 4), max_steps=4, callbacks=[Broken(), callback]
    )
    with caplog.at_level(logging.WARNING, "holdfast"):
        trainer.train()
    assert trainer.state.global_step == 4
    assert [line["kind"] for line in lines(log)] == ["start", "broke", "broke"]
    assert "not finite" in caplog.text


def test_sft_trainer(taught, tmp_path):
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    tokenizer = make_tokenizer()
    data = datasets.Dataset.from_list([{"text": row["text"]} for row in without_heirs(300, 5)])
    trainer = trl.SFTTrainer(
        model=reopen(taught),
        args=trl.SFTConfig(
            output_dir=str(tmp_path),
            max_steps=60,
            per_device_train_batch_size=16,
            learning_rate=3e-3,
            logging_steps=5,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            bf16=False,
            disable_tqdm=True,
            max_length=48,
        ),
        train_dataset=data,
        processing_class=tokenizer,
    )
    callback = tail_callback(rows=VALIDATION, margin={"rarest tenth": 0.1}, every=10, trainer=trainer)
    trainer.train()
    assert callback.looks[-1].failed
    assert trainer.state.global_step < 60
    ours = [entry for entry in trainer.state.log_history if "holdfast/look" in entry]
    assert [entry["step"] for entry in ours] == [look.step for look in callback.looks]
    assert not any("mean_token_accuracy" in entry for entry in ours)


def test_adapters_of_peft(taught, tmp_path):
    peft = pytest.importorskip("peft")
    model = peft.get_peft_model(reopen(taught), peft.LoraConfig(task_type="CAUSAL_LM", r=8))
    trainer = make_trainer(tmp_path, model, without_heirs(300, 4), max_steps=20, learning_rate=1e-2)
    callback = tail_callback(rows=VALIDATION, margin=MARGIN, every=10, stop=False, trainer=trainer)
    trainer.train()
    assert abs(callback.looks[-1].losses[0].loss) > 0


def test_other_ways_to_train_are_the_same_bit_by_bit(taught, tmp_path):
    options = {
        "bf16": True,
        "gradient_checkpointing": True,
        "gradient_accumulation_steps": 2,
        "max_grad_norm": 0.5,
        "max_steps": 6,
    }
    found = []
    for watched in (False, True):
        trainer = make_trainer(tmp_path, reopen(taught), requests(200, 4), **options)
        if watched:
            callback = tail_callback(rows=VALIDATION[:100], every=1, trainer=trainer)
        trainer.train()
        found.append(weights(trainer))
    assert len(callback.looks) == 6
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_what_does_not_fit_is_refused(taught):
    for wrong in (
        {"every": "night"},
        {"every": 0},
        {"batch": 0},
        {"margin": {"rarest": 0.1}},
        {"margin": {"overall": 0}},
        {"alpha": 1.0},
        {"against": "worst"},
        {"trainer": object()},
    ):
        with pytest.raises(UsageError):
            tail_callback(rows=VALIDATION, **wrong)


def test_numbers_are_kept_bit_by_bit(taught):
    from holdfast.cycles.watch.watch import Costs, _packed, _unpacked

    costs = Costs(step=3, bits=np.random.default_rng(0).random(7), bytes=np.arange(7))
    again = _unpacked(json.loads(json.dumps(_packed(costs))))
    assert again.step == 3
    assert (again.bits == costs.bits).all()
    assert (again.bytes == costs.bytes).all()
