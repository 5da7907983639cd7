"""Registry rows as documents of `keqiao_match`: the search index on disk, search with facets, matches with
evidence, near-duplicates, and subscriptions to a search. Nothing is shown here that `visible_to` would hide."""
