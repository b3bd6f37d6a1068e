"""One file per claim. ``verify/registry.py`` lists them in the order in which they are checked."""
