"""The ladder: the public self-test, a firm's next step, closest firms, pools, titles that end, flow over the years."""
