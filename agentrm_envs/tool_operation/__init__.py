"""AgentBoard's Tool-Operation tasks (todo, sheet) on applications of our own."""
