"""Drawings as plain values: places for everything, by pure functions. Templates make SVG of them.

No database, no clock, no translation: what is said comes in as words. The same input gives the same drawing.
"""
