"""The two-way directory: compose, publish, print, export."""
