"""Faults are caused under load, and long random stories told; what holds is counted from outside afterwards."""
