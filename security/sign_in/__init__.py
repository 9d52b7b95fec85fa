"""Who somebody is: accounts, passwords, sessions, step-ups, and how often one may try."""
