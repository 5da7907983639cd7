"""Money that a policy promises: envelopes, lists without application, applications, publicity, batches, receipts, clawback."""
