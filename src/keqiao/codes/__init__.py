"""Codes: the numbers and lists that every other room speaks in.

Administrative divisions to township level, the shared code lists (技术领域, GB/T 4754, 高新技术领域,
GB/T 13745, IPC, unit kinds, maturity scales and the small ones), the checks of identifiers
(统一社会信用代码, 居民身份证号, 手机号, 专利号 and others), and the machine's proposal of a field for a text.

Everything is shipped in `data/` and can be read without a database (`lists`, `divisions`,
`identifiers`, `tagging`). The tables hold the same rows for joins, plus what officers change:
an item closed, an alias added. A code is never deleted, only closed.
"""
