"""Child processes, whatever they do: starting, watching and ending them."""
