"""The services behind the console: asking them, and letting the signed-in browser ask them."""
