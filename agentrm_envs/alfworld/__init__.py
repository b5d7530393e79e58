"""ALFWorld: household tasks in text, on an engine of this package's own."""
