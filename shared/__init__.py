"""What supervisor, workers, console and playground all speak; it imports none of them."""
