"""Where rows come from: a file becomes tables, a table's headings a mapping, a row typed values or problems.

Pure up to here (no Django): `tables`, `guards`, `headings`, `cells`, `rows`, `redcells`, `workbook`.
"""
