"""Records: keys and JSON documents, such as the results of background processes."""
