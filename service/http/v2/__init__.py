"""Version 2 of the public wire: its resources, and how it lists and searches them."""
