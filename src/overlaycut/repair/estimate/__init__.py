"""Passes over a clip that learn what each repair needs."""
