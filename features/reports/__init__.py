"""Reports: what a week or a month was like, from the event log."""
