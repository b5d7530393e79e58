"""AgentBoard's PDDL tasks (gripper, blockworld, barman, tyreworld) on an engine of our own."""
