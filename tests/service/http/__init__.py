"""What must hold of requests and answers."""
