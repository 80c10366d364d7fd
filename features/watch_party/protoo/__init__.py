"""The protoo signalling protocol 4: messages and a peer, both without I/O of their own."""
