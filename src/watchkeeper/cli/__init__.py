"""The command line: one module per command. Everything a person sees is drawn here, and only here."""
