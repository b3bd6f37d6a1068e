"""Organisations: whoever is bound to one sees its data only. What cannot be confined for certain is refused."""
