"""A Plan made real in one kind of place. ``target.py`` says what every target offers; each has a folder of its own."""
