"""Estimation of repairs, in passes over the clip: tracks, sources, observations, and the repairs made of them."""
