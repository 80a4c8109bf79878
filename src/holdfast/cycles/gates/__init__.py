"""Gates: verdicts that decide whether a cycle may go on."""
