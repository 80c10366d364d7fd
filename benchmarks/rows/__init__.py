"""The measured rows, one file each; `catalogue` lists them all."""
