"""The deal desk's pages: board, list, calendar, case, brokers, visits to firms, and the public funnel."""
