"""Ways to take part in a mesh; `base` says what each must offer."""
