"""The outside world behind small protocols: what embeds, and threads."""
