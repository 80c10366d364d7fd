"""Jobs: durable, prioritised, preemptible work that survives anything (docs/jobs.md)."""
