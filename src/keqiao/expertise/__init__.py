"""Who knows: experts found by the evidence of their works, whom they are bound to, and which namesakes are one."""
