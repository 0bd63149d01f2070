"""The HTTP interface: three families of routes, two of the public wire and one of our own."""
