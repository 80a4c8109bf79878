"""Worth: how many real rows a candidate is worth, by what it covers and by what can be learnt from it."""
