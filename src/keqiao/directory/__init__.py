"""双向清单: a numbered, dated, frozen list of demands and achievements that anybody may read, with their matches."""
