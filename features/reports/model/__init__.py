"""Periods and figures: pure functions."""
