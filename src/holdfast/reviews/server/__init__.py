"""The local page on which people look at the items of a queue and say what they are asked."""
