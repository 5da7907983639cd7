"""Enterprises (企业库): the registry side of an organisation that produces or sells."""
