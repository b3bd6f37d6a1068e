"""Loki's HTTP API: parameters, routes, shapes, status codes. No storage format and no LogQL semantics here."""
