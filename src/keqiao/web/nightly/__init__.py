"""昨夜新增: what the night found for this reader."""
