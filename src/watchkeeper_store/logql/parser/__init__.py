"""Tokens → syntax tree."""
