"""Version 2 of the wire: requests of clients that know it flow in, answers in its envelope flow out."""
