"""What a workflow is: documents, conditions, templates; nothing here reads a file or a clock."""
