"""Those who are measured, one file each, behind the protocol in `contender`."""
