"""The three administrators' desks: users, roles, audit."""
