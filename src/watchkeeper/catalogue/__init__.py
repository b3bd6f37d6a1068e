"""What we know how to run: one folder a component. ``registry.py`` lists them; ``scene.py`` has the words recipes speak."""
