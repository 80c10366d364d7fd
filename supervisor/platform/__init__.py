"""Speaking with a mesh platform over REST: requests, signatures, and logging in."""
