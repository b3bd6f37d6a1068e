"""What the console can be asked, as one literal table; who may ask it, and the same told as OpenAPI."""
