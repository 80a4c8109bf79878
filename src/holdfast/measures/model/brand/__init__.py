"""Brand: whether outputs still sound like the texts that people wrote and approved."""
