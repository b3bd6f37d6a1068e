"""From what runs to what should run: ``gates.py`` decides, ``drive.py`` acts, ``journal.py`` remembers."""
