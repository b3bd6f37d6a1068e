"""The control plane: one description file becomes a running, proven monitoring platform."""

__version__ = "0.1.0"
