"""Shapes of preference files, one file each. A module has a `NAME`, what it `NEEDS`, and `begin`, which finds its reader."""
