"""Who there is and what each may do: users, persons, organisations and their names over time, roles with
their area and unit, sign-in rules. Every other room asks `people.access` before it shows or changes anything."""
