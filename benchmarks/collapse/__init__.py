"""The figure of collapse: arms, corpora, what is kept of every run, and how it is drawn."""
