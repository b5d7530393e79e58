"""How good reward models are: measured on explored states whose true values are known."""
