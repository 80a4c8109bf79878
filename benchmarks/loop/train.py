"""Trains a small causal model on rows with a text, and saves it as Hugging Face does. A program as a user has one: it knows nothing of holdfast.

    python train.py --data train.jsonl --output model [--base model] [--seed 0]

With --base, tokenizer and shape come from that model; weights start anew, so that what a model knows comes from its rows alone.
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

END = "<|endoftext|>"


def tokenizer_of(texts: list[str], base: str | None):
    if base:
        return AutoTokenizer.from_pretrained(base, local_files_only=True)
    made = ByteLevelBPETokenizer()
    made.train_from_iterator(
        texts, vocab_size=2_048, min_frequency=2, special_tokens=[END], show_progress=False
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made._tokenizer,  # noqa: SLF001 - there is no other way to it
        bos_token=END,
        eos_token=END,
        pad_token=END,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    texts = [json.loads(line)["text"] for line in Path(given.data).read_text(encoding="utf-8").splitlines()]
    tokenizer = tokenizer_of(texts, given.base)
    end = tokenizer.eos_token_id
    rows = [torch.tensor([end, *tokenizer(text)["input_ids"][:62], end]) for text in texts]
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer), n_positions=64, n_embd=128, n_layer=2, n_head=4, bos_token_id=end, eos_token_id=end,
            resid_pdrop=0.1, embd_pdrop=0.1, attn_pdrop=0.1,
        )
    )  # fmt: skip
    steps = given.epochs * ((len(rows) + 63) // 64)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.1)
    model.train()
    for epoch in range(given.epochs):
        order, total = torch.randperm(len(rows)).tolist(), 0.0
        for start in range(0, len(order), 64):
            batch = [rows[at] for at in order[start : start + 64]]
            width = max(map(len, batch))
            ids = torch.full((len(batch), width), end)
            labels = torch.full((len(batch), width), -100)
            for at, row in enumerate(batch):
                ids[at, : len(row)] = labels[at, : len(row)] = row
            loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(rows):.3f}", flush=True)
    model.save_pretrained(given.output)
    tokenizer.save_pretrained(given.output)


if __name__ == "__main__":
    main()
