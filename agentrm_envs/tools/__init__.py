"""Tools that a language model calls: their specifications, and all that is derived from them."""
