"""Playing episodes on the machines of a Ray cluster."""
