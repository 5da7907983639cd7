"""Demands (技术需求): what an enterprise wants solved, measurably, by when and for how much."""
