"""Everything that is logged: collecting it from the children, keeping it, filing it."""
