"""Version 1. Fields are added, never taken away or given another meaning; that would be version 2."""
