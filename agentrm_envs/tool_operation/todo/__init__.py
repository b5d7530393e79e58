"""The to-do application: projects and tasks, and the tools that read and change them."""
