"""From events of usage to statistics of days."""
