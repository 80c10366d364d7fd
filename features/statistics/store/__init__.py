"""`var/statistics.db`: events of usage in partitions by month, and what is made of them."""
