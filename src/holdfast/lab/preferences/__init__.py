"""The preference loop: a small policy is tuned on labels, writes what is labelled next, and is tuned again; the truth is known."""
