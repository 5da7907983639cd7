"""The enterprise ladder (梯度培育): how far a firm is from the next rung and what is cheapest, pools, expiry, flow over the years."""
