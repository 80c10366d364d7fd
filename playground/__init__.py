"""A local mesh server with rooms and residents, to try Meshvisor on; imports `shared` only."""
