"""Parts of make_parity.py."""
