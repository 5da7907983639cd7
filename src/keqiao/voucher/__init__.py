"""Innovation vouchers: a double-entry book in fen, issue, split, services, booking, redemption by QR, settlement, expiry.

Every movement is one entry from one account to another, never changed afterwards; balances are always derived.
"""
