"""The logs of the pretend services: which lines there are (pure), and the files they go to."""
