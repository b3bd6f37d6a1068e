"""What must be done before a database starts as a bare process, as the entry point of its image does it in a container.

One module a program. It reads the environment variables that the image's entry point reads, does nothing where everything is
done already, and leaves nothing half-done: a data folder appears whole or not at all. Standard library only.
"""
