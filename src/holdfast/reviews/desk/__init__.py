"""What a reviewer is shown next, and when what they said is saved."""
