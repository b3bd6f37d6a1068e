"""Spans: taken, kept, found. Reading their query language is ``traceql``; the HTTP faces are in ``api``."""
