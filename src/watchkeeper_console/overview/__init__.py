"""The status page's data: what the upstreams say about the stack, each part with its own time and its own failure."""
