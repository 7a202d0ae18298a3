"""Repairs laid over frames."""
