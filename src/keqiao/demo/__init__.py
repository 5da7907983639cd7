"""The demo: what five city documents really name, and samples written for it, loaded through the same intake."""
