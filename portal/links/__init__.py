"""One-time links: a traveller without an account enters the own documents; who asked sees only how far it is."""
