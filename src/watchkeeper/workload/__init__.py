"""The words every stage shares. Data only: nothing here decides, reads a file or opens a socket."""
