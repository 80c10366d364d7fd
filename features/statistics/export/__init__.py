"""Figures of days in the formats of other programs; each is made with the standard library."""
