"""The process that matches events and carries out steps."""
