"""Technology contracts: drafts, the pre-check under both rule books, the reader of a contract's text, registration.

The judging modules (`rules`, `classes`, `amounts`, `tax`, `incentives`, `measures`, `facts`, `book`, `capitals`,
`reader`) know no Django and no database; `keqiao contracts check` runs on them alone.
"""
