"""What is read of a model: arrays of what its tokens cost in, figures beside what reality scores out."""
