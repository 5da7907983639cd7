"""The working side: inbox, review queue, registries, forms, history."""
