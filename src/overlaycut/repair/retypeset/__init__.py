"""Words set anew on a bare surface."""
