"""Tiny causal language models with chance weights and a byte-level tokenizer, saved as any model is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "you",
    "that",
    "it",
    "he",
    "was",
    "for",
    "on",
    "are",
    "as",
    "with",
    "his",
    "they",
)
BEGIN = "<|begin|>"


def sentences(count: int, seed: int, most: int = 12) -> list[str]:
    rng = random.Random(seed)  # noqa: S311 - no secret
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, most))) for _ in range(count)]


def save_tokenizer(folder: Path, *, begin: bool = True) -> int:
    """Byte-level BPE; its number of tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=[BEGIN] if begin else [],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    plain.train_from_iterator(sentences(200, 0), trainer)
    named = {"bos_token": BEGIN, "eos_token": BEGIN} if begin else {}
    PreTrainedTokenizerFast(tokenizer_object=plain, **named).save_pretrained(folder)
    return plain.get_vocab_size()


def save_gpt2(folder: Path, *, context: int = 24, begin: bool = True, seed: int = 0) -> Path:
    """A GPT-2 of one layer."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder, begin=begin)
    torch.manual_seed(seed)
    end = 0 if begin else None
    config = GPT2Config(
        vocab_size=size,
        n_positions=context,
        n_embd=32,
        n_layer=1,
        n_head=2,
        bos_token_id=end,
        eos_token_id=end,
        initializer_range=0.5,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def save_llama(folder: Path, *, context: int = 32, seed: int = 0) -> Path:
    """A Llama of two layers, with grouped heads and rotated places."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        bos_token_id=0,
        eos_token_id=0,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
