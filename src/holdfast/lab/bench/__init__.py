"""The bench: worlds with a known truth, on which detectors of collapse are tried (science.md 8).

Corpora are dealt into pools (`pools`), a scenario plants one thing (`scenarios`), `truth` says what it did, detectors
look at both sides (`detectors`), `run` tries all of them on everything and never does a job twice, `score` turns what
they said into power, false alarms and agreement with harm.
"""
