"""Delete requests: hidden from queries as soon as they are accepted, rewritten out of the files once they are final."""
