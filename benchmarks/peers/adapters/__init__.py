"""One file per peer: NAME, PACKAGE, VERSION, and `look`, which yields what it says of a pair of sides."""
