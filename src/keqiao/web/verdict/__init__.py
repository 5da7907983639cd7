"""Pages of the answers: buttons on matches, advice, public statistics, and the quality of the matching."""
