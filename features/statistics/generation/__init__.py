"""Events of usage that were not recorded: synthetic ones, and joins that were never seen."""
