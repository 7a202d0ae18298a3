"""Repair of lettering: `estimate` learns from plan and clip, `estimates` is what was learned, `composite` lays it over.

`segment` finds the pixels of lettering, `fill` what lies behind them, `retypeset` and `cover` what takes their place.
"""
