"""Arrays in, arrays out: resampling, intervals, multiplicity. Knows nothing of the product."""
