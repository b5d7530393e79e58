"""Text adventures: original stories on a Z-machine, and AgentBoard's twenty for those who have them."""
