"""ScienceWorld: thirty kinds of school experiments in a simulated building."""
