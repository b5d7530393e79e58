"""Mazes walked a cell at a time, with LMRL-Gym's rules and AgentGym's texts."""
