"""The language between the supervisor and its children (docs/architecture.md, Messages)."""
