"""Hand-written monitoring files: text in, findings out. Nothing here reads a file or knows our components."""
