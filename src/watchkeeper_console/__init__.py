"""The console: the web server people sign in to. It meets the rest of the platform only over HTTP."""
