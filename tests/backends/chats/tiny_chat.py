"""A tiny model that learned to answer: made and trained here, in seconds, and saved as any model is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, END = "<|begin|>", "<|end|>"
TEMPLATE = (
    "{% for m in messages %}<|begin|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|begin|>assistant\n{% endif %}"
)
_RATE = 0.01
SYSTEM = "write a message to a bank"
SAID = {
    "card": [
        "where is my card",
        "my card is lost",
        "when does the card come",
        "the card never came",
        "i need a new card",
    ],
    "loan": [
        "can i get a loan",
        "how much is a loan",
        "i want to pay my loan",
        "is my loan approved",
        "the loan is too high",
    ],
    "fee": [
        "why is there a fee",
        "what is this fee for",
        "i was charged a fee",
        "take the fee back",
        "the fee is wrong",
    ],
}


def asked(about: str) -> list[dict[str, str]]:
    """Messages that ask for a text about something."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"about: {about}"}]


def save_chat(folder: Path, *, steps: int = 150, seed: int = 0) -> Path:
    """A Llama of two layers, with a chat template, that learned what is said about each thing."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [text for texts in SAID.values() for text in texts]
    around = ["system\n", "user\n", "assistant\n", SYSTEM, *(f"about: {about}" for about in SAID)]
    plain.train_from_iterator([*texts, *around * 5], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, bos_token=BEGIN, eos_token=END, pad_token=END, chat_template=TEMPLATE
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=256,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
            initializer_range=0.1,
        )
        model = LlamaForCausalLM(config)
        _train(model, tokenizer, steps)
    # Without do_sample servers of transformers take the likeliest token, whatever temperature they are asked for.
    model.generation_config = GenerationConfig(do_sample=True, bos_token_id=0, eos_token_id=1, pad_token_id=1)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _train(model, tokenizer, steps: int) -> None:
    import torch

    rng = random.Random(0)  # noqa: S311 - no secret
    rows = []
    for about, texts in SAID.items():
        put = tokenizer.apply_chat_template(asked(about), tokenize=False, add_generation_prompt=True)
        before = tokenizer(put, add_special_tokens=False)["input_ids"]
        for text in texts:
            after = tokenizer(text + END, add_special_tokens=False)["input_ids"]
            rows.append((before + after, [-100] * len(before) + after))
    width = max(len(tokens) for tokens, _ in rows)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        batch = rng.choices(rows, k=16)
        tokens = torch.tensor([line + [1] * (width - len(line)) for line, _ in batch])
        labels = torch.tensor([line + [-100] * (width - len(line)) for _, line in batch])
        loss = model(input_ids=tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
