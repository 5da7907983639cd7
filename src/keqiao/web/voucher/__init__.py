"""Innovation vouchers on the screen: catalogue, wallet, booking, the lab's desk, the bureau's desk."""
