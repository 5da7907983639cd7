"""R&D of firms: super-deduction by dated rules, the auxiliary ledger, the statistics' lists and checks.

Three amounts are kept apart: `rd_deduct` (加计扣除), `rd_hnte` (高新技术企业), `rd_stat` (统计); they never share a column.
"""
