"""How the service is served over HTTP: worker processes whose event loops wait, and whose threads only work."""
