"""WebShop: buying what an instruction asks for in a shop that is read as text."""
