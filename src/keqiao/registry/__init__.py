"""The registries: one folder a noun (demand, achievement, enterprise, expert, work, resource, event), one shape.
`records` holds what they share; `kinds` lists them; `intake` brings rows in."""
