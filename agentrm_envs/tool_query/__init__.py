"""AgentBoard's Tool-Query tasks (weather, movie, academia), offline."""
