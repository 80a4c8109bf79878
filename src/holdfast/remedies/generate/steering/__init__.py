"""Steering: what each stratum lacks, who makes it, how far randomness may go, and when to stop. Values in, values out."""
