"""Measurements of what was rendered, and pictures of what was found."""
