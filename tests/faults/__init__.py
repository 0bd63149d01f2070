"""Faults are caused while the service is under load; what it acknowledged is counted from outside afterwards."""
