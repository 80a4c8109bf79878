"""What people see that readings do not: which rows they are asked about, what they are asked, and what they said."""
