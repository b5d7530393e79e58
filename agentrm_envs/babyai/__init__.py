"""BabyAI: grid worlds of rooms, doors and objects, seen and acted on in words."""
