"""Keqiao 科桥: a city's technology market, from two lists to a registered contract."""

__version__ = "0.1.0"
