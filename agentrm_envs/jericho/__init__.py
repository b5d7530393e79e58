"""Text adventures on a Z-machine: original stories, and AgentBoard's twenty."""
