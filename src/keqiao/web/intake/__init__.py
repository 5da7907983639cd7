"""Files in: upload, mapping, check, write, rejected rows, history of runs."""
