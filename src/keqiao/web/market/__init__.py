"""Public pages: home, halls, lists, details, search, subscriptions, profiles."""
