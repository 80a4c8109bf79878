"""What people are asked: a file of questions, read strictly, or one of the sets that are shipped."""
