"""Syntax tree × source → entries, vectors and matrices."""
