"""How the bundled water network of Harbour is designed; `generate.py` puts it together."""
