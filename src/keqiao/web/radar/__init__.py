"""The radar for officers: the list of common needs, one need with its members, the joint draft."""
