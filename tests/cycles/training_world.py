"""A model small enough to be trained in seconds, and requests of three kinds, one of them rare."""

import random

WORDS = {
    "refund": ("money back for the order", "refund my ticket", "return the shoes and pay me"),
    "card": ("my card is blocked", "the card was declined again", "new card please"),
    "heirs": ("probate of a late father", "the deceased had an account", "grant of executorship"),
}
SHARES = (0.5, 0.4, 0.1)
END = "<|end|>"


def requests(count, seed, kinds=tuple(WORDS), shares=SHARES):
    """Labelled requests, no two alike."""
    rng = random.Random(seed)  # noqa: S311 - a world, no secret
    rows = []
    for number in range(count):
        (kind,) = rng.choices(kinds, shares)
        text = f"{rng.choice(WORDS[kind])} {rng.randrange(10**6):06d}"
        rows.append({"id": f"r{seed}-{number}", "text": text, "stratum": kind})
    return rows


def make_tokenizer():
    """One token a byte, and one with which texts begin and end."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = [END, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    plain = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    named = dict.fromkeys(("bos_token", "eos_token", "pad_token"), END)
    return PreTrainedTokenizerFast(tokenizer_object=plain, **named)


def make_model(*, dropout=0.1, seed=0):
    """A GPT-2 of two layers with chance weights."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=257,
            n_positions=64,
            n_embd=48,
            n_layer=2,
            n_head=2,
            bos_token_id=0,
            eos_token_id=0,
            resid_pdrop=dropout,
            embd_pdrop=dropout,
            attn_pdrop=dropout,
        )
    )


class Rows:
    """Tokenized requests, as a trainer reads them."""

    def __init__(self, rows, tokenizer):
        begin = tokenizer.bos_token_id  # a model that never saw it is thrown by it
        self.rows = [[begin, *tokenizer(row["text"])["input_ids"]] for row in rows]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        return {"input_ids": self.rows[at]}
