"""The paper's experiments, one command each, over the commands of the other packages."""
