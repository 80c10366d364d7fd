"""The transport, and what lists the rooms of an account."""
