"""Dashboards as data, and their one house style. Which component shows what belongs to its folder in the catalogue."""
