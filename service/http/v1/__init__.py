"""Version 1 of the public wire: its resources, and how it lists them."""
