"""Views: what a measure sees of a set, computed once."""
