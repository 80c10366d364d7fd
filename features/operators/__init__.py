"""Operators: the people and programs that use the console, and what each of them may do."""
