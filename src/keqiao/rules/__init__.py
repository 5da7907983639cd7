"""Rules as dated data: books of conditions with values, articles and sources; judged exactly, on any day.

A book (`books/*.yaml`, or kept in the database by officers) has versions; a version has values, conditions, scores and
routes. `judge(version, facts, on=day)` answers each condition with one of five outcomes and a margin.
"""
