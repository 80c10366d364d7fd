"""`meshvisor jobs`: one module per command, and what they share."""
