"""R&D on the screen: the public calculator, the firm's ledger, the bureau's lists and checks."""
