"""The surface without its lettering."""
