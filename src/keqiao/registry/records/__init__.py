"""What all registries share: the shape of a record, where it came from, its versions, reviews and renewals."""
